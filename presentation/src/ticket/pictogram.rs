//! Drawings that say what a sentence says, for those who read little: strokes of one width on a
//! grid of 24 × 24, in the style of the screens' icons.

use hardware::slip::Bitmap;

/// What is drawn beside a sentence.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pictogram {
    /// A clock: how long.
    Wait,
    /// A screen on the wall: where to look.
    Look,
    /// A telephone that reads a code.
    Phone,
    /// A kiosk that reads a code: show it there.
    Kiosk,
}

/// The side of the grid.
const GRID: f32 = 24.0;
/// The width of a stroke on the grid.
const STROKE: f32 = 2.2;

type Point = (f32, f32);

/// One stroke: a broken line, or an arc around a point (centre, radius, from and to in degrees,
/// clockwise from three o'clock).
enum Stroke {
    Line(&'static [Point]),
    Arc(Point, f32, f32, f32),
}

use Stroke::{Arc, Line};

impl Pictogram {
    /// The drawing, `side` dots wide and high.
    pub(super) fn draw(self, side: u32) -> Bitmap {
        let mut picture = Bitmap::new(side, side);
        let scale = GRID / side as f32;
        for y in 0..side {
            for x in 0..side {
                let point = ((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale);
                if self.strokes().iter().any(|stroke| stroke.distance(point) <= STROKE / 2.0) {
                    picture.set(x, y);
                }
            }
        }
        picture
    }

    fn strokes(self) -> &'static [Stroke] {
        match self {
            Pictogram::Wait => {
                &[Arc((12.0, 12.0), 10.0, 0.0, 360.0), Line(&[(12.0, 6.0), (12.0, 12.0), (16.0, 14.5)])]
            }
            Pictogram::Look => &[
                Line(&[(2.0, 4.0), (22.0, 4.0), (22.0, 17.0), (2.0, 17.0), (2.0, 4.0)]),
                Line(&[(12.0, 17.0), (12.0, 21.5)]),
                Line(&[(7.0, 21.5), (17.0, 21.5)]),
                Line(&[(6.5, 10.5), (17.5, 10.5)]),
            ],
            Pictogram::Phone => &[
                Line(&[(2.0, 2.0), (13.5, 2.0), (13.5, 22.0), (2.0, 22.0), (2.0, 2.0)]),
                Line(&[(7.0, 18.0), (8.5, 18.0)]),
                Line(&[(18.0, 3.0), (22.5, 3.0), (22.5, 7.5), (18.0, 7.5), (18.0, 3.0)]),
                Line(&[(18.0, 13.0), (22.5, 13.0), (22.5, 17.5), (18.0, 17.5), (18.0, 13.0)]),
            ],
            Pictogram::Kiosk => &[
                Line(&[(4.5, 1.5), (19.5, 1.5), (19.5, 17.0), (4.5, 17.0), (4.5, 1.5)]),
                Line(&[(9.0, 6.0), (15.0, 6.0), (15.0, 12.0), (9.0, 12.0), (9.0, 6.0)]),
                Line(&[(12.0, 17.0), (12.0, 22.5)]),
                Line(&[(7.0, 22.5), (17.0, 22.5)]),
            ],
        }
    }
}

impl Stroke {
    /// How far a point lies from the stroke.
    fn distance(&self, (x, y): Point) -> f32 {
        match self {
            Line(points) => {
                points.windows(2).map(|ends| to_segment((x, y), ends[0], ends[1])).fold(f32::MAX, f32::min)
            }
            Arc((cx, cy), radius, from, to) => {
                let (dx, dy) = (x - cx, y - cy);
                let turned = (dy.atan2(dx).to_degrees() - from).rem_euclid(360.0);
                if turned <= to - from {
                    return (dx.hypot(dy) - radius).abs();
                }
                let end = |degrees: f32| {
                    let (sine, cosine) = degrees.to_radians().sin_cos();
                    (x - cx - radius * cosine).hypot(y - cy - radius * sine)
                };
                end(*from).min(end(*to))
            }
        }
    }
}

fn to_segment((x, y): Point, (ax, ay): Point, (bx, by): Point) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}
