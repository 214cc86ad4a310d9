/** What a site must know to check its visitors' proofs, one group of fields for each kind. */
import type { SiteGiven } from "@callingcard/kit/api.ts";

import type { Reasons } from "../../forms/sending.ts";
import { emptyKey, reasonFor, type Draft, type KeyDraft, type Texts } from "./draft.ts";
import { More, SecretField, SelectField, TextField } from "./fields.tsx";
import { PROVIDERS, PROXIES } from "./presets.ts";

/** What a group of fields is given: the draft, what is wrong with it, and how to change it. */
export interface Editing {
  draft: Draft;
  reasons: Reasons;
  change: (changes: Partial<Draft>) => void;
}

/** The fields of the kind of proof that is chosen. */
export function ProofFields(editing: Editing) {
  const { proof } = editing.draft;
  if (proof === "key") return null;
  return (
    <div class="form-group">
      {editing.reasons[proof] && (
        <p class="form-error" role="alert">
          {editing.reasons[proof]}
        </p>
      )}
      {proof === "jwt" && <JwtFields {...editing} />}
      {proof === "jwks" && <JwksFields {...editing} />}
      {proof === "header" && <HeaderFields {...editing} />}
    </div>
  );
}

function JwtFields({ draft, reasons, change }: Editing) {
  const { jwt } = draft;
  const put = (changes: Partial<Draft["jwt"]>): void => {
    change({ jwt: { ...jwt, ...changes } });
  };
  return (
    <>
      <TextField
        label="Issuer"
        help="What iss must be: the name by which your backend calls itself."
        value={jwt.issuer}
        reason={reasonFor(reasons, "jwt.issuer")}
        onChange={(issuer) => {
          put({ issuer });
        }}
      />
      <TextField
        label="Audience"
        help="What aud must be."
        value={jwt.audience}
        reason={reasonFor(reasons, "jwt.audience")}
        onChange={(audience) => {
          put({ audience });
        }}
      />
      {jwt.keys.map((key, place) => (
        <KeyFields
          key={place}
          value={key}
          place={place}
          reasons={reasons}
          onChange={(changed) => {
            put({ keys: jwt.keys.map((one, index) => (index === place ? changed : one)) });
          }}
          onRemove={
            jwt.keys.length > 1
              ? () => {
                  put({ keys: jwt.keys.filter((_, index) => index !== place) });
                }
              : null
          }
        />
      ))}
      <button
        type="button"
        class="button form-add"
        onClick={() => {
          put({ keys: [emptyKey(), ...jwt.keys] });
        }}
      >
        Add a key
      </button>
      <p class="help">To rotate: add the new key, sign with it, then remove the old one. Both count meanwhile.</p>
    </>
  );
}

const ALGORITHMS = [
  ["HS256", "HS256, a shared secret"],
  ["RS256", "RS256, a public key"],
  ["ES256", "ES256, a public key"],
  ["EdDSA", "EdDSA, a public key"],
] as const;

function KeyFields(props: {
  value: KeyDraft;
  place: number;
  reasons: Reasons;
  onChange: (key: KeyDraft) => void;
  onRemove: (() => void) | null;
}) {
  const { value: key, place, onChange } = props;
  const reason = (name: string): string => reasonFor(props.reasons, `jwt.keys.${place}${name}`);
  return (
    <fieldset class="key-fields">
      <legend>{key.kid ? `Key ${key.kid}` : "New key"}</legend>
      <div class="field-pair">
        <TextField
          label="Key id"
          help="kid in the token's head."
          value={key.kid}
          reason={reason(".kid")}
          onChange={(kid) => {
            onChange({ ...key, kid });
          }}
        />
        <SelectField
          label="Algorithm"
          value={key.algorithm}
          options={ALGORITHMS}
          reason={reason(".algorithm")}
          onChange={(algorithm) => {
            onChange({ ...key, algorithm: algorithm as KeyDraft["algorithm"] });
          }}
        />
      </div>
      {key.algorithm === "HS256" ? (
        <SecretField
          label="Secret"
          help="At least 32 bytes, the same as in your backend."
          entry={key.secret}
          required
          reason={reason(".secret") || reason("")}
          onChange={(secret) => {
            onChange({ ...key, secret });
          }}
        />
      ) : (
        <TextField
          label="Public key"
          help="In PEM, beginning with -----BEGIN PUBLIC KEY-----."
          rows={4}
          mono
          value={key.publicKey}
          reason={reason(".publicKey") || reason("")}
          onChange={(publicKey) => {
            onChange({ ...key, publicKey });
          }}
        />
      )}
      {props.onRemove && (
        <button type="button" class="text-button" onClick={props.onRemove}>
          Remove this key
        </button>
      )}
    </fieldset>
  );
}

type Jwks = NonNullable<SiteGiven["jwks"]>;
type Header = NonNullable<SiteGiven["header"]>;

/** The paths that the server knows, so that one it renames is a type error here. */
type Path = keyof Jwks | `claims.${keyof Jwks["claims"]}` | keyof Header | `names.${keyof Header["names"]}`;

/** A plain setting of a section: its path, what to call it, what it is. */
interface Plain {
  path: Path;
  label: string;
  help?: string;
  rows?: number;
}

const JWKS_MAIN: readonly Plain[] = [
  { path: "issuer", label: "Issuer", help: "What iss must be." },
  { path: "audience", label: "Audience", help: "What aud must be, or hold." },
  { path: "url", label: "Key set", help: "The address of the JWKS, if it is not where the provider usually has it." },
];

const JWKS_MORE: readonly Plain[] = [
  { path: "project", label: "Project", help: "For Firebase and Supabase." },
  { path: "region", label: "Region", help: "For Amazon Cognito and the AWS load balancer." },
  { path: "signer", label: "Signer", help: "For the AWS load balancer: its ARN." },
  { path: "team", label: "Team", help: "For Cloudflare Access." },
  { path: "parties", label: "Parties", help: "What azp may be, one a line; with Clerk the site's origins, if empty.", rows: 2 },
  { path: "algorithms", label: "Algorithms", help: "Signatures that count, one a line, if fewer than usual.", rows: 2 },
  { path: "header", label: "Header", help: "The header that brings the token, if another." },
  { path: "cookie", label: "Cookie", help: "The cookie that brings the token, if another." },
  { path: "claims.email", label: "Claim with the address" },
  { path: "claims.emailVerified", label: "Claim that the address is proved" },
  { path: "claims.userId", label: "Claim with the user's id" },
  { path: "claims.firstName", label: "Claim with the given name" },
  { path: "claims.lastName", label: "Claim with the family name" },
];

function JwksFields({ draft, reasons, change }: Editing) {
  const put = (path: string, text: string): void => {
    change({ jwks: { ...draft.jwks, [path]: text } });
  };
  const texts = draft.jwks;
  return (
    <>
      <SelectField
        label="Provider"
        value={texts["preset"] ?? "none"}
        options={PROVIDERS}
        reason={reasonFor(reasons, "jwks.preset")}
        onChange={(preset) => {
          put("preset", preset);
        }}
      />
      <PlainFields section="jwks" fields={JWKS_MAIN} texts={texts} reasons={reasons} put={put} />
      <More {...stateOf({ section: "jwks", fields: JWKS_MORE, texts, reasons })}>
        <PlainFields section="jwks" fields={JWKS_MORE} texts={texts} reasons={reasons} put={put} />
        <SelectField
          label="An address without a word on whether it is proved"
          value={texts["trustEmail"] ?? ""}
          options={[
            ["", "As the provider is known"],
            ["true", "Counts as proved"],
            ["false", "Counts as unproved"],
          ]}
          reason={reasonFor(reasons, "jwks.trustEmail")}
          onChange={(value) => {
            put("trustEmail", value);
          }}
        />
      </More>
    </>
  );
}

const HEADER_MAIN: readonly Plain[] = [
  {
    path: "trustedPeers",
    label: "Who may set the headers",
    help: "The proxy's addresses or networks, one a line, or unix. Never everybody: whoever is listed can be anyone.",
    rows: 2,
  },
];

const HEADER_MORE: readonly Plain[] = [
  { path: "names.email", label: "Header with the address" },
  { path: "names.userId", label: "Header with the user's id" },
  { path: "names.name", label: "Header with the whole name" },
  { path: "names.firstName", label: "Header with the given name" },
  { path: "names.lastName", label: "Header with the family name" },
];

function HeaderFields({ draft, reasons, change }: Editing) {
  const texts = draft.header;
  const put = (path: string, text: string): void => {
    change({ header: { ...texts, [path]: text } });
  };
  return (
    <>
      <SelectField
        label="Proxy"
        value={texts["preset"] ?? "none"}
        options={PROXIES}
        reason={reasonFor(reasons, "header.preset")}
        onChange={(preset) => {
          put("preset", preset);
        }}
      />
      <PlainFields section="header" fields={HEADER_MAIN} texts={texts} reasons={reasons} put={put} />
      <More {...stateOf({ section: "header", fields: HEADER_MORE, texts, reasons })}>
        <PlainFields section="header" fields={HEADER_MORE} texts={texts} reasons={reasons} put={put} />
        <SelectField
          label="The address"
          value={texts["emailVerified"] ?? ""}
          options={[
            ["", "As the proxy is known"],
            ["true", "Has been proved by the proxy"],
            ["false", "Has not been proved"],
          ]}
          reason={reasonFor(reasons, "header.emailVerified")}
          onChange={(value) => {
            put("emailVerified", value);
          }}
        />
      </More>
    </>
  );
}

interface Section {
  section: "jwks" | "header";
  fields: readonly Plain[];
  texts: Texts;
  reasons: Reasons;
}

function PlainFields({ section, fields, texts, reasons, put }: Section & { put: (path: string, text: string) => void }) {
  return fields.map(({ path, ...face }) => (
    <TextField
      key={path}
      {...face}
      value={texts[path] ?? ""}
      reason={reasonFor(reasons, `${section}.${path}`)}
      onChange={(text) => {
        put(path, text);
      }}
    />
  ));
}

/** Whether one of *fields* says something, and whether one of them is wrong. */
function stateOf({ section, fields, texts, reasons }: Section): { isTelling: boolean; isWrong: boolean } {
  return {
    isTelling: fields.some(({ path }) => texts[path]),
    isWrong: fields.some(({ path }) => reasonFor(reasons, `${section}.${path}`)),
  };
}
