// The token endpoint as one writes it in Fastify, with @fastify/jwt and a Map.
import { readFileSync } from "node:fs";
import jwt from "@fastify/jwt";
import Fastify from "fastify";

const { BENCH_SECRET, BENCH_ORIGIN, BENCH_TOKENS, PORT } = process.env;
const tokens = new Map(Object.entries(JSON.parse(readFileSync(BENCH_TOKENS, "utf8"))));
const app = Fastify();
await app.register(jwt, {
  secret: BENCH_SECRET,
  verify: {
    algorithms: ["HS256"],
    allowedAud: "callingcard",
    allowedIss: "shop",
    requiredClaims: ["exp", "iat", "iss", "aud"],
  },
});

app.post("/v1/sites/:site/token", async (request, reply) => {
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== BENCH_ORIGIN) {
    return reply.code(403).send({ detail: "origin not allowed" });
  }
  let claims;
  try {
    claims = await request.jwtVerify();
  } catch {
    return reply.code(401).send({ detail: "bad proof" });
  }
  const found = tokens.get(`hubspot:${claims.email}`);
  reply.headers({
    "Cache-Control": "no-store, private",
    Vary: "Origin, Authorization, Cookie",
    "Access-Control-Allow-Origin": BENCH_ORIGIN,
  });
  return {
    platform: "hubspot",
    token: found.token,
    expiresAt: found.expiresAt,
    refreshAt: found.refreshAt,
    identity: { email: claims.email, userId: null },
    settings: { identificationEmail: claims.email, identificationToken: found.token },
  };
});

await app.listen({ host: "127.0.0.1", port: Number(PORT) });
