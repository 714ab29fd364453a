//! Inputs that explain themselves when they are wrong.

use crate::error::ApiError;
use axum::{
    Json,
    extract::{self, FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// A JSON body. What is wrong with it is told as a problem.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let read = Json::<T>::from_request(request, state).await;
        read.map(|Json(body)| Self(body))
            .map_err(|error| ApiError::BadBody(error.status(), error.body_text()))
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
