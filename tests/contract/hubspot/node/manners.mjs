// How the Node client takes a limit, pages and signatures: node manners.mjs ADDRESS KEY.
// Reads from its input, as JSON, what is signed: [{ uri, body, timestamp, headers, secret }].
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Signature } from "@hubspot/api-client";

import { client, hubspot } from "./bench.mjs";

const { emails, signed } = JSON.parse(readFileSync(0, "utf8"));

// It waits when it is told to retry, and it knows HubSpot's words for the limit. Nobody has
// to wait here: a long pause is noted and is over at once.
const waited = [];
const pause = globalThis.setTimeout;
globalThis.setTimeout = (then, wait, ...rest) => {
  if (wait >= 1000) waited.push(wait);
  return pause(then, wait >= 1000 ? 0 : wait, ...rest);
};
console.error = () => {};
const patient = client({ numberOfApiCallRetries: 2 });
while (waited.length === 0) await patient.crm.owners.ownersApi.getPage();
globalThis.setTimeout = pause;
assert.deepEqual(waited, [10_000]);

// It reads every page, in the order the contacts were made.
const found = await hubspot.crm.contacts.getAll(100);
assert.deepEqual(
  found.map((contact) => contact.properties.email),
  emails,
);

// Its hashes are those of the vectors that the desk's own are compared with.
const clientSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
const url = "https://www.example.com/webhook_uri";
const vectors = [
  ["v3", "POST", '[{"eventId":1}]', "vnX5Als0n2OhEZQxOS/1ftERzeabHuxE8jEarlPWRdE="],
  ["v2", "GET", "", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"],
  [
    "v2",
    "POST",
    '{"example_field":"example_value"}',
    "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
  ],
];
for (const [version, method, requestBody, signature] of vectors) {
  const asked = { clientSecret, url, requestBody, timestamp: 1700000000000 };
  assert.equal(Signature.getSignature(method, version, asked), signature);
}

// It believes what the desk signs, in each version, and nothing that was changed.
for (const { secret, uri, body, headers } of signed) {
  const timestamp = Number(headers["X-HubSpot-Request-Timestamp"]);
  const asked = { clientSecret: secret, requestBody: body, method: "POST", url: uri, timestamp };
  const older = headers["X-HubSpot-Signature-Version"];
  for (const [signatureVersion, signature] of [
    ["v3", headers["X-HubSpot-Signature-v3"]],
    [older, headers["X-HubSpot-Signature"]],
  ]) {
    assert.ok(Signature.isValid({ ...asked, signatureVersion, signature }));
    assert.ok(
      !Signature.isValid({ ...asked, signatureVersion, signature, requestBody: `${body} ` }),
    );
  }
}
