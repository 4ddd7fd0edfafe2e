//! stub
use unhook_model::Imitation;
/// stub
#[derive(Debug)]
pub struct LookalikeIndex {}
impl LookalikeIndex {
    /// stub
    #[must_use]
    pub fn examine(&self, _name: &str) -> Option<Imitation> {
        None
    }
}
