// Reads what there is to check as JSON from standard input, and answers in JSON.
import { readFileSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { IdentityVerification } from 'intercom-client';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';

const { tokens, hashes, now } = JSON.parse(readFileSync(0, 'utf8'));

async function read(token, key, algorithm) {
  const secret = algorithm === 'RS256' ? createPublicKey(key) : Buffer.from(key);
  const options = { algorithms: [algorithm] };
  const one = jsonwebtoken.verify(token, secret, { ...options, clockTimestamp: now });
  const two = await jwtVerify(token, secret, { ...options, currentDate: new Date(now * 1000) });
  return { jsonwebtoken: one, jose: two.payload, header: two.protectedHeader };
}

const read_tokens = [];
for (const { token, key, other, algorithm } of tokens) {
  const found = await read(token, key, algorithm);
  const refused = await read(token, other, algorithm).then(() => false, () => true);
  read_tokens.push({ ...found, refused });
}
const made_hashes = hashes.map(({ secret, text }) =>
  IdentityVerification.userHash({ secretKey: secret, identifier: text }));
console.log(JSON.stringify({ tokens: read_tokens, hashes: made_hashes }));
