// An OpenID provider that is somebody else's (npm: oidc-provider), which lets everybody in as
// whoever a header says. Told where the package is and where answers go; prints its issuer.
import http from "node:http";
import { generateKeyPairSync } from "node:crypto";

const [place, redirect] = process.argv.slice(2);
const { Provider } = await import(`${place}/lib/index.js`);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const jwk = (key, alg) => ({ ...key.export({ format: "jwk" }), alg, use: "sig" });

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const client = (client_id, rest) => ({ client_id, redirect_uris: [redirect], ...rest });
  const provider = new Provider(issuer, {
    clients: [
      client("unhook", { client_secret: "s3cret: of/acme" }),
      client("unhook-ec", { client_secret: "s3cret", id_token_signed_response_alg: "ES256" }),
      client("unhook-public", { token_endpoint_auth_method: "none" }),
    ],
    jwks: { keys: [jwk(privateKey, "RS256"), jwk(curve, "ES256")] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "groups"], profile: ["name"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of the provider`, groups: id === "cy" ? ["soc"] : ["staff"] }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ["a test's"] },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
    if (prompt.name === "login") {
      const result = { login: { accountId: request.headers["x-account"] } };
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    }
    const { accountId } = session;
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const result = { consent: { grantId: await grant.save() } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  });
  console.log(issuer);
});
