/** What was said, in order, following the newest line unless the reader has scrolled away. */
import type { Conversation, Entry } from "@callingcard/kit/api.ts";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import { ArrowDown } from "lucide";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { session } from "../session/session.ts";
import { present } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { clock, dayName, exact } from "../ui/time.ts";
import { blocks, lastOwn, statusWords, type Block } from "./layout.ts";
import { outgoing, retry, takeBack } from "./sending.ts";
import { showEarlier, threads } from "./store.ts";

const NEAR_PX = 80;

/** Set the entries of a conversation, and below them what is still on its way. */
export function Lines({ conversation, entries }: { conversation: Conversation; entries: readonly Entry[] }) {
  const { id } = conversation;
  const shown = new Set(entries.map((entry) => entry.clientMessageId));
  const letters = (outgoing.value.get(id) ?? []).filter((letter) => !shown.has(letter.id));
  const own = letters.length === 0 ? lastOwn(entries, session.value?.agent.id ?? "") : null;
  const { pane, away, scrolled, toEnd } = useFollowing(entries, letters);
  return (
    <div class="lines-frame">
      <div class="lines" ref={pane} onScroll={scrolled} role="log" aria-label="Messages" tabIndex={0}>
        {(entries[0]?.seq ?? 1) > 1 && <Earlier id={id} />}
        {entries.length === 0 && letters.length === 0 && <p class="line-event">Nothing was said yet</p>}
        {blocks(entries).map((block) => (
          <BlockView key={block.key} block={block} delivery={deliveryOf(block, own, conversation)} />
        ))}
        {letters.map((letter) => (
          <LetterView key={letter.id} id={id} letter={letter} />
        ))}
      </div>
      {away && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon node={ArrowDown} size={16} /> Newest
        </button>
      )}
    </div>
  );
}

/** Stay at the end while the reader is there; keep their place when earlier lines come in. */
function useFollowing(entries: readonly Entry[], letters: readonly Outgoing[]) {
  const pane = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const height = useRef(0);
  const first = useRef(0);
  const [away, setAway] = useState(false);
  const count = letters.length;
  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return;
    const earlier = (entries[0]?.seq ?? 0) < first.current;
    if (following.current || count > 0) box.scrollTop = box.scrollHeight;
    else if (earlier) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
    first.current = entries[0]?.seq ?? 0;
  }, [entries, count]);
  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return;
    // The composer grows and windows change: the newest line stays in sight.
    const watch = new ResizeObserver(() => {
      if (following.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => {
      watch.disconnect();
    };
  }, []);
  const scrolled = () => {
    const box = pane.current;
    if (!box) return;
    following.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    setAway(!following.current);
  };
  const toEnd = () => pane.current?.scrollTo({ top: pane.current.scrollHeight });
  return { pane, away, scrolled, toEnd };
}

function Earlier({ id }: { id: string }) {
  const loading = threads.value.get(id);
  return (
    <>
      {loading?.problem && (
        <p class="form-error" role="alert">
          {loading.problem.message} {loading.problem.hint}
        </p>
      )}
      <button
        type="button"
        class="button more"
        disabled={loading?.state === "loading"}
        onClick={() => void showEarlier(id)}
      >
        Show earlier
      </button>
    </>
  );
}

function BlockView({ block, delivery }: { block: Block; delivery: string }) {
  if (block.kind === "day") return <h3 class="line-day">{dayName(new Date(block.at), present.value)}</h3>;
  if (block.kind === "status") return <StatusLine entry={block.entry} />;
  const { author, entries } = block;
  // The visitor's name is above, and one's own is known: only others need naming.
  const colleague = author.kind !== "visitor" && author.id !== session.value?.agent.id;
  const last = entries.at(-1)?.createdAt ?? "";
  return (
    <div class="group" data-side={author.kind === "visitor" ? "start" : "end"}>
      {entries.map((entry) => (
        <p class="bubble" dir="auto" key={entry.id} title={exact(new Date(entry.createdAt))}>
          {entry.text}
        </p>
      ))}
      <p class="group-meta">
        {colleague && (
          <>
            <span dir="auto">{author.name || "Callingcard"}</span> ·{" "}
          </>
        )}
        <time dateTime={last}>{clock(new Date(last))}</time>
        {delivery && (
          <>
            {" "}
            · <span class="delivery">{delivery}</span>
          </>
        )}
      </p>
    </div>
  );
}

function StatusLine({ entry }: { entry: Entry }) {
  return (
    <p class="line-event" title={exact(new Date(entry.createdAt))}>
      {statusWords(entry)} · {clock(new Date(entry.createdAt))}
    </p>
  );
}

/** Whether the visitor has seen the agent's last message; "" under every other block. */
function deliveryOf(block: Block, own: Entry | null, conversation: Conversation): string {
  if (own === null || block.kind !== "group" || block.entries.at(-1) !== own) return "";
  return own.seq <= conversation.visitorReadSeq ? "Seen" : "Sent";
}

const STATES = { queued: "Sending", sending: "Sending", waiting: "Not sent yet, trying again", sent: "Sent" } as const;

function LetterView({ id, letter }: { id: string; letter: Outgoing }) {
  return (
    <div class="group" data-side="end">
      <p class="bubble" dir="auto" data-state={letter.state}>
        {letter.text}
      </p>
      {letter.state === "failed" ? (
        <p class="group-meta text-danger" role="alert">
          Not sent. {letter.reason}{" "}
          <button type="button" class="text-button" onClick={() => { retry(id, letter.id); }}>
            Retry
          </button>{" "}
          <button type="button" class="text-button" onClick={() => { takeBack(id, letter); }}>
            Edit
          </button>
        </p>
      ) : (
        <p class="group-meta" role="status">
          {STATES[letter.state]}
        </p>
      )}
    </div>
  );
}
