// Twilio's SDK for Node: signs requests as asked on standard input. Its folder is the argument.
const fs = require("fs");
const twilio = require(process.argv[2]);
const webhooks = require(process.argv[2] + "/lib/webhooks/webhooks.js");

function sign({ token, url, parameters, body }) {
  if (body !== undefined) {
    url += (url.includes("?") ? "&" : "?") + "bodySHA256=" + webhooks.getExpectedBodyHash(body);
    const signature = webhooks.getExpectedTwilioSignature(token, url, {});
    if (!twilio.validateRequestWithBody(token, signature, url, body)) {
      throw new Error("the SDK refuses its own signature");
    }
    return { url, signature };
  }
  const values = {};
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(values, name)) values[name] = value;
    else values[name] = [].concat(values[name], value);
  }
  const signature = webhooks.getExpectedTwilioSignature(token, url, values);
  if (!twilio.validateRequest(token, signature, url, values)) {
    throw new Error("the SDK refuses its own signature");
  }
  return { url, signature };
}

const question = JSON.parse(fs.readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(question.sign.map(sign)));
