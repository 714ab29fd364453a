//! Inputs that explain themselves when they are wrong.

use crate::error::ApiError;
use axum::{
    Json,
    body::Bytes,
    extract::{self, FromRequest, FromRequestParts, OptionalFromRequest, Request},
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

/// A JSON body. What is wrong with it is told as a problem.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let sent = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let sent = sent.map_err(|error| ApiError::BadBody(error.status(), error.body_text()))?;
        // A list would be taken for an object whose fields all have their usual values.
        let is_object = sent.trim_ascii_start().first() == Some(&b'{');
        let read = <Json<T> as FromRequest<S>>::from_request(Request::from_parts(parts, sent.into()), state);
        match read.await {
            Ok(Json(body)) if is_object => Ok(Self(body)),
            Ok(_) => {
                let what = "the body has to be a JSON object".to_owned();
                Err(ApiError::BadBody(StatusCode::UNPROCESSABLE_ENTITY, what))
            }
            Err(error) => Err(ApiError::BadBody(error.status(), error.body_text())),
        }
    }
}

/// No body at all is fine; one that is there has to be right.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let is_empty = request.headers().get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !request.headers().contains_key(header::CONTENT_TYPE);
        if is_empty {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// What stands in the path. What is wrong with it is told as a problem.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|extract::Path(path)| Self(path)).map_err(|error| ApiError::BadRequest(error.body_text()))
    }
}
