//! stub
use crate::lookalike::LookalikeIndex;
use unhook_model::Organization;
/// stub
#[derive(Debug)]
pub struct Knowledge { lookalikes: LookalikeIndex }
impl Knowledge {
    /// The built-in catalogue of brands, for consumers.
    #[must_use]
    pub fn builtin() -> Self { Self::for_organization(&Organization::default()) }
    /// The built-in catalogue and what an organization says of itself.
    #[must_use]
    pub fn for_organization(organization: &Organization) -> Self { let _ = organization; Self { lookalikes: LookalikeIndex {} } }
    /// The compiled brands.
    #[must_use]
    pub fn lookalikes(&self) -> &LookalikeIndex { &self.lookalikes }
}
