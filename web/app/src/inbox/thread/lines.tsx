/** What was said, in order, following the newest line unless the reader has scrolled away. */
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import { ArrowDown } from "lucide";

import { present } from "../../ui/ago.tsx";
import { Icon } from "../../ui/icon.tsx";
import { clock, dayName, daysBetween, exact } from "../../ui/time.ts";
import { agentWords, reader, typists } from "../house.ts";
import { outgoing, retry, takeBack } from "../sending.ts";
import { mergedInto } from "../feed.ts";
import { MergedLine } from "../merging/merged.tsx";
import { inbox, showEarlier, threads } from "../store.ts";
import type { Conversation, Entry } from "../types.ts";
import { useFollowing } from "./following.ts";
import { among, blocks, lastOwn, type Block } from "./layout.ts";
import { NoteView } from "./note.tsx";
import { answerLines, handingWords, isChosen, isMerge, offerWords, statusWords } from "./words.ts";

/** Set the entries of a conversation, and below them what is still on its way. */
export function Lines({ conversation, entries }: { conversation: Conversation; entries: readonly Entry[] }) {
  const { id } = conversation;
  const notes = inbox.value.notes.get(id) ?? [];
  const shown = new Set(entries.map((entry) => entry.clientMessageId));
  const letters = (outgoing.value.get(id) ?? []).filter((letter) => !shown.has(letter.id));
  const own = letters.length === 0 ? lastOwn(entries, reader.value.id) : null;
  const content = [entries.at(-1)?.seq, notes.length, letters.length, typists(id).length].join();
  const first = entries[0]?.seq ?? 1;
  const { pane, away, scrolled, toEnd } = useFollowing(first, content, letters.length > 0);
  const empty = entries.length + notes.length + letters.length === 0;
  return (
    <div class="lines-frame">
      <div class="lines" ref={pane} onScroll={scrolled} role="log" aria-label="Messages" tabIndex={0}>
        {first > 1 && <Earlier id={id} />}
        {empty && <p class="line-event">Nothing was said yet</p>}
        {among(blocks(entries, notes), mergedInto(inbox.value, id)).map((block) =>
          block.kind === "merged" ? (
            <Merged key={block.key} one={block.one} />
          ) : (
            <BlockView key={block.key} block={block} delivery={deliveryOf(block, own, conversation)} />
          ),
        )}
        {letters.map((letter) => (
          <LetterView key={letter.id} id={id} letter={letter} />
        ))}
        <Typing id={id} />
      </div>
      {away && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon node={ArrowDown} size={16} /> Newest
        </button>
      )}
    </div>
  );
}

/** What was said in a conversation that goes on in this one. */
function Merged({ one }: { one: Conversation }) {
  const said = (inbox.value.threads.get(one.id) ?? []).filter((entry) => !isMerge(entry));
  const [first, ...rest] = blocks(said, inbox.value.notes.get(one.id));
  // The line above says the first day already.
  const named = first?.kind === "day" && daysBetween(new Date(one.createdAt), new Date(first.at)) === 0;
  const shown = first && !named ? [first, ...rest] : rest;
  return (
    <section class="merged" aria-label="Merged from another conversation">
      <MergedLine one={one} />
      {(said[0]?.seq ?? 1) > 1 && <Earlier id={one.id} />}
      {shown.map((block) => (
        <BlockView key={block.key} block={block} delivery="" />
      ))}
    </section>
  );
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
  switch (block.kind) {
    case "day":
      return <h3 class="line-day">{dayName(new Date(block.at), present.value)}</h3>;
    case "status":
      return <EventLine words={statusWords(block.entry)} at={block.entry.createdAt} />;
    case "handing":
      return <EventLine words={handingWords(block.note, agentWords, reader.value.id)} at={block.note.createdAt} />;
    case "note":
      return <NoteView note={block.note} />;
    case "group":
      return <Group block={block} delivery={delivery} />;
  }
}

function Group({ block, delivery }: { block: Extract<Block, { kind: "group" }>; delivery: string }) {
  const { author, entries } = block;
  const last = entries.at(-1)?.createdAt ?? "";
  return (
    <div class="group" data-side={author.kind === "visitor" ? "start" : "end"} data-by={author.kind}>
      {entries.map((entry) => (
        <Bubble key={entry.id} entry={entry} />
      ))}
      <p class="group-meta">
        <WhoWrote author={author} />
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

/** The visitor's name is above, and one's own is known: only others need naming. */
function WhoWrote({ author }: { author: Entry["author"] }) {
  if (author.kind === "visitor" || (author.kind === "agent" && author.id === reader.value.id)) return null;
  return (
    <>
      {author.kind === "bot" && <span class="by-bot">Chatflow</span>}{" "}
      <span dir="auto">{author.kind === "bot" ? author.id : author.name || "Callingcard"}</span> ·{" "}
    </>
  );
}

/** One entry: its words, and below them what a chatflow offered or a form was filled in with. */
function Bubble({ entry }: { entry: Entry }) {
  const answers = answerLines(entry);
  const offer = offerWords(entry);
  return (
    <>
      {answers.length === 0 ? (
        <p class="bubble" dir="auto" title={exact(new Date(entry.createdAt))} data-chosen={isChosen(entry)}>
          {entry.text}
        </p>
      ) : (
        <dl class="bubble answers" title={exact(new Date(entry.createdAt))}>
          {answers.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {offer && (
        <p class="offer" dir="auto">
          {offer}
        </p>
      )}
    </>
  );
}

function EventLine({ words, at }: { words: string; at: string }) {
  return (
    <p class="line-event" title={exact(new Date(at))}>
      <span dir="auto">{words}</span> · {clock(new Date(at))}
    </p>
  );
}

/** Whether the visitor has seen the agent's last message; "" under every other block. */
function deliveryOf(block: Block, own: Entry | null, conversation: Conversation): string {
  if (own === null || block.kind !== "group" || block.entries.at(-1) !== own) return "";
  return own.seq <= conversation.visitorReadSeq ? "Seen" : "Sent";
}

/** Who types now, colleagues too, so that two do not answer at once. */
function Typing({ id }: { id: string }) {
  const names = typists(id).map((sign) => (sign.author.kind === "visitor" ? "The visitor" : sign.author.name));
  if (names.length === 0) return null;
  return (
    <p class="typing" role="status">
      <span dir="auto">{names.join(", ")}</span> {names.length === 1 ? "is typing" : "are typing"}
    </p>
  );
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
