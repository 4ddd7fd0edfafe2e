//! What the service does, as those around it see it: stand-ins for everything but itself.

mod blocking;
mod calling;
mod dialogue;
mod drafts;
mod enrolment;
mod evicting;
mod exposing;
mod faults;
mod history;
mod holding;
mod house;
mod looking;
mod notifying;
mod ordinary;
mod pictures;
mod playing;
mod polling;
mod replies;
mod returning;
mod ruling;
mod taking;
mod telling;
mod trouble;
