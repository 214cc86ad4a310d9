/**
 * Messages on their way out, one outbox for each conversation, and drafts not yet sent.
 *
 * An agent's words are never dropped by themselves: they stay here until they are in the
 * log, until their writer gives them up, or until somebody else signs in.
 */
import type { Posted } from "@callingcard/kit/api.ts";
import { Outbox, type Letter, type Outcome, type Outgoing } from "@callingcard/kit/sync/outbox.ts";
import { signal } from "@preact/signals";

import { call } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";

const PATH = "/v1/inbox/conversations";

const outboxes = new Map<string, Outbox<Posted>>();
const drafts = new Map<string, string>();
let owner: string | null = null;

/** What is on its way, by conversation. */
export const outgoing = signal<ReadonlyMap<string, readonly Outgoing[]>>(new Map());

/** Send *text*; it shows at once and is delivered in order. */
export function send(conversationId: string, text: string): void {
  outboxOf(conversationId).add({ id: crypto.randomUUID(), text, at: new Date().toISOString() });
}

/** Try a refused message again, because its writer asks. */
export function retry(conversationId: string, letterId: string): void {
  outboxOf(conversationId).retry(letterId);
}

/** Give a refused message up and take its words back into the draft. */
export function takeBack(conversationId: string, letter: Letter): void {
  outboxOf(conversationId).settle(letter.id);
  keepDraft(conversationId, [draftOf(conversationId), letter.text].filter(Boolean).join("\n"));
}

/** The log shows the message: the copy here is no longer needed. */
export function arrivedInLog(conversationId: string, letterId: string): void {
  outboxes.get(conversationId)?.settle(letterId);
}

/** The agent is signed in (again): go on sending what waited. */
export function resumeOutboxes(): void {
  for (const outbox of outboxes.values()) outbox.open();
}

/** The network is back: do not wait out the pause. */
export function wakeOutboxes(): void {
  for (const outbox of outboxes.values()) outbox.wake();
}

/** Words belong to their writer: when another agent signs in, or this one signs out, they go. */
export function ownSending(agentId: string | null): void {
  if (agentId === owner) return;
  owner = agentId;
  for (const outbox of outboxes.values()) outbox.wipe();
  outboxes.clear();
  drafts.clear();
  outgoing.value = new Map();
}

/** True while words are here that are nowhere else. */
export function hasUnsent(): boolean {
  return [...outgoing.value.values()].some((letters) => letters.some((letter) => letter.state !== "sent"));
}

/** What was typed but not sent in a conversation. */
export function draftOf(conversationId: string): string {
  return drafts.get(conversationId) ?? "";
}

/** Remember what is being typed, so that looking elsewhere loses nothing. */
export function keepDraft(conversationId: string, text: string): void {
  drafts.set(conversationId, text);
}

/** What became of one attempt, given what it threw. Pure. */
export function outcomeOf(error: unknown): Exclude<Outcome<Posted>, { kind: "sent" }> {
  const problem = problemFrom(error);
  if (problem.status === 401) return { kind: "locked" };
  const passing = problem.code.startsWith("network.") || problem.status === 429 || problem.status >= 500;
  return passing
    ? { kind: "later", afterMs: problem.retryAfterMs ?? 0 }
    : { kind: "refused", reason: problem.message };
}

function outboxOf(conversationId: string): Outbox<Posted> {
  const known = outboxes.get(conversationId);
  if (known) return known;
  const outbox = new Outbox<Posted>({
    deliver: (letter) => deliver(conversationId, letter),
    changed: (letters) => {
      outgoing.value = new Map(outgoing.value).set(conversationId, letters);
    },
    sent: () => undefined, // the feed brings the entry, and with it `arrivedInLog`
  });
  outboxes.set(conversationId, outbox);
  outbox.open();
  return outbox;
}

async function deliver(conversationId: string, letter: Letter): Promise<Outcome<Posted>> {
  const body = { clientMessageId: letter.id, text: letter.text };
  try {
    const path = `${PATH}/${encodeURIComponent(conversationId)}/messages`;
    return { kind: "sent", receipt: await call<Posted>(path, { method: "POST", body }) };
  } catch (error) {
    return outcomeOf(error);
  }
}
