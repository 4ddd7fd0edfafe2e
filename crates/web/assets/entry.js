// Passkeys: what a browser is asked to make or show, and what it answers. The server says the rest.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** What the server gave as text, as the browser wants it. */
function readable(options) {
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = known(options.allowCredentials);
  return read;
}

/** What the browser answered, as text. */
function writable({ id, rawId, type, response }) {
  const written = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    written.attestationObject = text(response.attestationObject);
    written.transports = response.getTransports ? response.getTransports() : [];
  } else {
    written.authenticatorData = text(response.authenticatorData);
    written.signature = text(response.signature);
    written.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return { id, rawId: text(rawId), type, response: written, extensions: {} };
}

async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer.json();
  const reasons = { 401: "late", 403: "first", 404: "late", 409: "refused", 429: "wait" };
  const problem = await answer.json().catch(() => ({}));
  const isLate = (problem.type || "").endsWith(":not-yet");
  throw new Error(isLate ? "late" : reasons[answer.status] || "failed");
}

async function ceremony(button) {
  const { passkey, at, next } = button.dataset;
  const { ceremony, options } = await ask(`${at}/start`, {});
  const publicKey = readable(options);
  const credential = await navigator.credentials[passkey]({ publicKey }).catch(() => {
    throw new Error("cancelled");
  });
  const body = { ceremony, credential: writable(credential) };
  if (passkey === "create") body.label = document.getElementById("label").value;
  else body.next = next;
  const { to } = await ask(`${at}/finish`, body);
  location.assign(to);
}

const button = document.getElementById("passkey");
const trouble = document.getElementById("trouble");

function complain(why) {
  trouble.textContent = button.dataset[why] || trouble.dataset[why] || trouble.dataset.failed;
  trouble.hidden = false;
}

if (button && !window.PublicKeyCredential) {
  button.disabled = true;
  complain("unsupported");
} else if (button) {
  button.addEventListener("click", async () => {
    trouble.hidden = true;
    button.disabled = true;
    await ceremony(button).catch((error) => complain(error.message));
    button.disabled = false;
  });
}

// Opened from another site, the page came without the session's cookie; this request has it.
if (button && button.dataset.state) {
  fetch(button.dataset.state, { headers: { accept: "application/json" } })
    .then((answer) => answer.json())
    .then(({ signed_in }) => signed_in && location.replace(button.dataset.next))
    .catch(() => {});
}
