//! An API of a provider: a place, and how we say who we are.

use reqwest::header::{AUTHORIZATION, HeaderValue};
use unhook_app::IdentityError;

use super::http::{Answer, Call, Client, Endpoint};
use super::tokens::Tokens;

/// How a request says who we are.
#[derive(Debug)]
pub(crate) enum Authority {
    Fixed(HeaderValue),
    Tokens(Box<Tokens>),
}

/// The API.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) base: Endpoint,
    pub(crate) authority: Authority,
}

impl Api {
    /// Calls it. A token that was not accepted was not used for anything either, so the call goes
    /// out once more with a new one.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, IdentityError> {
        let tokens = match &self.authority {
            Authority::Fixed(header) => return self.send(call, header.clone()).await,
            Authority::Tokens(tokens) => tokens,
        };
        let header = tokens.header(&self.client).await?;
        let answer = self.send(call.clone(), header.clone()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        tokens.forget(&header).await;
        let header = tokens.header(&self.client).await?;
        self.send(call, header).await
    }

    async fn send(&self, mut call: Call, header: HeaderValue) -> Result<Answer, IdentityError> {
        call.headers.push((AUTHORIZATION, header));
        self.client.send(call).await
    }
}
