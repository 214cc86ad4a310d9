/**
 * Which rows of the audit log are looked at. The address says it, so that a choice can be
 * sent and gone back to.
 *
 * Pure.
 */
import type { components } from "@callingcard/kit/schema.d.ts";

/** One row: who did what to which thing, when. */
export type AuditRow = components["schemas"]["AuditRowOut"];

/** What is written down, in words. */
export const ACTIONS: Readonly<Record<string, string>> = {
  viewed: "Looked at",
  exported: "Exported",
  imported: "Imported",
  erased: "Erased",
  merged: "Merged",
  unmerged: "Undid a merge of",
  "key.created": "Made a key for",
  "key.revoked": "Revoked a key of",
  "settings.changed": "Changed settings of",
  "retention.removed": "Removed what was too old in",
};

/** What things are done to, in words. */
export const KINDS: Readonly<Record<string, string>> = {
  contact: "Contact",
  conversation: "Conversation",
  inbox: "Inbox",
  "signing-key": "Signing key",
  erasure: "Erasure",
};

/** The spans that can be chosen, in hours; "" is all there is. */
export const SPANS: readonly (readonly [string, string, number | null])[] = [
  ["", "All that is kept", null],
  ["24h", "Last 24 hours", 24],
  ["7d", "Last 7 days", 168],
  ["30d", "Last 30 days", 720],
];

/** A choice; what is "" does not matter. */
export interface AuditFilter {
  who: string;
  action: string;
  kind: string;
  id: string;
  span: string;
}

const PLAIN = /^[\w.:-]{0,64}$/;

/** Read the choice out of *search*, the part of an address after its question mark. */
export function filterOf(search: string): AuditFilter {
  const query = new URLSearchParams(search);
  const plain = (name: string): string => {
    const value = query.get(name) ?? "";
    return PLAIN.test(value) ? value : "";
  };
  const span = plain("span");
  return {
    who: plain("who"),
    action: plain("action"),
    kind: plain("kind"),
    id: plain("id"),
    span: SPANS.some(([name]) => name === span) ? span : "",
  };
}

/** Write *filter* as the part of an address after its question mark, or "". */
export function searchOf({ who, action, kind, id, span }: AuditFilter): string {
  return written({ who, action, kind, id, span });
}

/** Where the server lists the rows of *filter*, as of *now*; *before* is where to go on. */
export function auditPath(filter: AuditFilter, now: Date, before: number | null = null): string {
  const hours = SPANS.find(([span]) => span === filter.span)?.[2] ?? null;
  const since = hours === null ? "" : new Date(now.getTime() - hours * 3_600_000).toISOString();
  const { who, action, kind, id } = filter;
  return `/v1/audit${written({ who, action, kind, id, since, before: before === null ? "" : String(before) })}`;
}

/** What was done, without to what: "Looked at", or the action's own name. */
export function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

/** To what it was done: "contact 512", "all contacts". */
export function thingWords(row: Pick<AuditRow, "kind" | "id">): string {
  if (row.id === "all") return `all ${row.kind}s`;
  return `${(KINDS[row.kind] ?? row.kind).toLowerCase()} ${row.id}`;
}

/** What else is written down, such as counts: "count 12, into 498". */
export function detailWords(detail: AuditRow["detail"]): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

function written(parts: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ""));
  const text = query.toString();
  return text && `?${text}`;
}
