/** The providers and proxies that the server knows by name; a browser test holds this to its list. */

/** Identity providers, for a site whose proof is their token. */
export const PROVIDERS: readonly (readonly [string, string])[] = [
  ["none", "Another provider with a JWKS"],
  ["oidc", "Any OpenID Connect provider"],
  ["auth0", "Auth0"],
  ["clerk", "Clerk"],
  ["cognito", "Amazon Cognito"],
  ["firebase", "Firebase, ID tokens"],
  ["firebase-session", "Firebase, session cookies"],
  ["google-iap", "Google Identity-Aware Proxy"],
  ["cloudflare-access", "Cloudflare Access"],
  ["aws-alb", "AWS Application Load Balancer"],
  ["keycloak", "Keycloak"],
  ["supabase", "Supabase"],
  ["authentik", "authentik"],
  ["pomerium", "Pomerium"],
  ["azure-easy-auth", "Azure App Service authentication"],
];

/** Proxies, for a site whose proof is their headers. */
export const PROXIES: readonly (readonly [string, string])[] = [
  ["none", "Another proxy"],
  ["oauth2-proxy", "OAuth2 Proxy"],
  ["oauth2-proxy-auth-request", "OAuth2 Proxy behind auth_request"],
  ["authelia", "Authelia"],
  ["authentik", "authentik"],
  ["tailscale", "Tailscale Serve"],
];
