/** How the pages about functions speak: triggers, states, sizes and durations in words. Pure. */
import { cronWords } from "./cron.ts";
import type { FunctionShown, RunRow, RunState, Trigger } from "./types.ts";

/** Who may call over HTTP: in short, and what that means. */
export const CALLERS: Readonly<Record<NonNullable<Trigger["auth"]>, { name: string; help: string }>> = {
  visitor: {
    name: "Visitors",
    help: "Whoever a site vouches for. The call carries the visitor’s proof; without one nothing runs.",
  },
  key: {
    name: "Programs with a key",
    help: "A server with an API key that may call functions. A browser is refused, so that the key stays out of it.",
  },
  public: { name: "Anybody", help: "Pages at the listed addresses, so often and no more." },
};

/** What each kind of event means. */
const EVENTS: Readonly<Record<string, string>> = {
  "conversation.created": "When a conversation begins",
  "conversation.closed": "When a conversation is closed",
  "conversation.reopened": "When a conversation is opened again",
  "conversation.queued": "When a conversation waits for a team",
  "conversation.requeued": "When a conversation waits again",
  "conversation.assigned": "When a conversation gets another agent, or none",
  "conversation.noted": "When an agent leaves a note",
  "conversation.archived": "When a conversation is put away",
  "conversation.restored": "When a conversation is taken out again",
  "conversation.merged": "When a conversation is merged into another",
  "conversation.unmerged": "When such a merge is undone",
  "conversation.erased": "When a conversation is erased",
  "message.received": "When a visitor writes",
  "message.sent": "When an agent writes",
  "contact.created": "When a contact is made",
  "contact.changed": "When a contact changes",
  "contact.associated": "When a contact gets a company or a deal, or loses one",
  "contact.merged": "When two contacts become one",
  "contact.unmerged": "When a merge is undone",
  "contact.deleted": "When a contact is put away",
  "contact.erased": "When a contact is erased",
  "webhook.disabled": "When a webhook is turned off because it fails",
  "site.tripped": "When a site stops working",
  "site.recovered": "When a site works again",
  "abuse.suspected": "When somebody seems to abuse a site",
};

/** One trigger in a few words. */
export function triggerWords(trigger: Trigger): string {
  if (trigger.kind === "schedule") {
    const zone = trigger.zone && trigger.zone !== "UTC" ? ` (${trigger.zone})` : "";
    return cronWords(trigger.cron ?? "") + zone;
  }
  if (trigger.kind === "event") return EVENTS[trigger.event ?? ""] ?? `On ${trigger.event ?? "an event"}`;
  if (trigger.auth === "visitor") return trigger.site ? `Visitors of ${trigger.site}` : "Visitors";
  return CALLERS[trigger.auth ?? "key"].name;
}

/** All triggers of a function in a few words. */
export function triggersWords(triggers: readonly Trigger[]): string {
  return triggers.map(triggerWords).join(", ") || "Only by hand";
}

/** How a run ended. */
export const STATES: Readonly<Record<RunState, string>> = {
  running: "Running",
  succeeded: "Succeeded",
  raised: "Failed",
  timed_out: "Took too long",
  out_of_memory: "Out of memory",
  crashed: "Crashed",
  too_large: "Result too large",
  lost: "Lost",
};

/** What to do about a run that did not succeed; "" where its error says it all. */
export const REMEDIES: Readonly<Partial<Record<RunState, string>>> = {
  timed_out: "Make it do less, or allow it more with timeout in its head.",
  out_of_memory: "Keep less at once, or allow it more with memory in its head.",
  crashed: "Its process died. A package with native code may be to blame.",
  too_large: "Return less, and only what is JSON: texts, numbers, lists and objects.",
  lost: "The server stopped meanwhile, so nobody knows how it ended. Run it again.",
};

/** What started a run. */
export const STARTERS: Readonly<Record<RunRow["trigger"], string>> = {
  http: "HTTP",
  schedule: "Schedule",
  event: "Event",
  editor: "Editor",
  replay: "Replay",
  command: "Command line",
};

/** A duration: "3 ms", "1.4 s", "2 min 5 s". */
export function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toLocaleString(undefined, { maximumFractionDigits: seconds < 10 ? 1 : 0 })} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** A size: "812 B", "3.4 KB", "128 MB". */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes.toLocaleString()} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${units[unit] ?? ""}`;
}

/** A number of things: "1 run", "2,310 runs". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** What the day of a function comes to. */
export function dayWords({ runs24h, errors24h }: FunctionShown["activity"]): string {
  if (runs24h === 0) return "No runs in 24 hours";
  return `${count(runs24h, "run")}, ${count(errors24h, "error")} in 24 hours`;
}

/** The key of an entry, given as JSON, as people read it: the parts of a list one after the other. */
export function keyText(key: string): string {
  try {
    const value: unknown = JSON.parse(key);
    return Array.isArray(value) ? value.map(String).join(" › ") : String(value);
  } catch {
    return key;
  }
}

/** A moment in a table: its day and its time. */
export function moment(then: Date): string {
  return then.toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** What is wrong with *name* for a new function, or "". */
export function nameReason(name: string, taken: readonly string[]): string {
  if (name === "") return "It needs a name.";
  if (taken.includes(name)) return "There is a function of this name already.";
  if (NAME.test(name)) return "";
  if (name.length > 63) return "At most 63 letters.";
  if (!/^[a-z]/.test(name)) return "Begin with a small letter, a to z.";
  return "Only small letters, digits and hyphens.";
}
