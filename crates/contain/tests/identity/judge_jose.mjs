// jose verifies a token with the keys that we publish, and says what it read.
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const jose = await import(pathToFileURL(`${folder}/jose/dist/webapi/index.js`));
let text = "";
for await (const chunk of process.stdin) text += chunk;
const question = JSON.parse(text);
const keys = jose.createLocalJWKSet(question.jwks);
const { payload, protectedHeader } = await jose.jwtVerify(question.token, keys, {
  issuer: question.issuer,
  audience: question.audience,
  typ: "secevent+jwt",
  algorithms: ["ES256"],
  currentDate: new Date(question.now),
});
console.log(JSON.stringify({ payload, header: protectedHeader }));
