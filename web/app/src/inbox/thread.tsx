/** One conversation: who it is with, what was said, and where the answer is written. */
import type { Conversation } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { Seal } from "@callingcard/kit/design/seal.tsx";
import { useSignal } from "@preact/signals";
import { ArrowLeft, PanelRight } from "lucide";
import { useEffect } from "preact/hooks";

import { address } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { Empty, Failure, problemFrom, Skeleton } from "../ui/states.tsx";
import { Composer } from "./composer.tsx";
import { nameOf } from "./feed.ts";
import { Lines } from "./lines.tsx";
import { inbox, markRead, openThread, setStatus, threads } from "./store.ts";

/** Show conversation *id*. */
export function Thread(props: { id: string; personShown: boolean; togglePerson: () => void }) {
  const { id } = props;
  const conversation = inbox.value.conversations.get(id);
  const loading = threads.value.get(id);
  useEffect(() => {
    if (loading === undefined) void openThread(id);
  }, [id, loading]);
  useReadMark(id, loading?.state === "ready", conversation?.head ?? 0);
  return (
    <section class="thread" aria-label="Conversation">
      <header class="thread-head" data-bare={conversation === undefined}>
        <a class="icon-button narrow-only" href={address("inbox")} aria-label="Back to the list">
          <Icon node={ArrowLeft} />
        </a>
        {conversation && <Head {...props} conversation={conversation} />}
      </header>
      <Said id={id} conversation={conversation} />
      {conversation && <Foot conversation={conversation} />}
    </section>
  );
}

/** What was said; or that it is being read, or that it could not be. */
function Said({ id, conversation }: { id: string; conversation: Conversation | undefined }) {
  const entries = inbox.value.threads.get(id) ?? [];
  const loading = threads.value.get(id);
  const ready = entries.length > 0 || loading?.state === "ready";
  if (conversation && ready) return <Lines conversation={conversation} entries={entries} />;
  if (!loading?.problem) return <Skeleton rows={4} shape="message" />;
  if (loading.problem.status === 404) return <Gone />;
  return <Failure problem={loading.problem} retry={() => void openThread(id)} />;
}

function Head(props: { conversation: Conversation; personShown: boolean; togglePerson: () => void }) {
  const { conversation } = props;
  return (
    <>
      <h2 class="thread-name" dir="auto" title={nameOf(conversation)}>
        {nameOf(conversation)}
      </h2>
      <Seal evidence={conversation.evidence} signature={conversation} />
      <span class="grow" />
      <StatusButton conversation={conversation} />
      <button
        type="button"
        class="icon-button person-toggle"
        aria-label="Visitor"
        title="Visitor"
        aria-expanded={props.personShown}
        onClick={props.togglePerson}
      >
        <Icon node={PanelRight} />
      </button>
    </>
  );
}

function StatusButton({ conversation }: { conversation: Conversation }) {
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const open = conversation.status === "open";
  async function change(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await setStatus(conversation.id, open ? "closed" : "open");
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      {problem.value && (
        <span class="text-danger text-xs" role="alert">
          {problem.value.message}
        </span>
      )}
      <button type="button" class="button" disabled={busy.value} onClick={() => void change()}>
        {open ? "Close" : "Reopen"}
      </button>
    </>
  );
}

function Foot({ conversation }: { conversation: Conversation }) {
  if (conversation.status === "open") return <Composer id={conversation.id} name={nameOf(conversation)} />;
  return <p class="thread-closed">This conversation is closed. Reopen it to answer.</p>;
}

/** Say that the thread was read, while somebody can really see it. */
function useReadMark(id: string, ready: boolean, head: number): void {
  useEffect(() => {
    function mark(): void {
      if (ready && document.visibilityState === "visible") void markRead(id);
    }
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => {
      document.removeEventListener("visibilitychange", mark);
    };
  }, [id, ready, head]);
}

/** A conversation that is not there: usually an old link, so trying again would not help. */
function Gone() {
  return (
    <Empty title="This conversation is not here" text="The link may be old. Choose another from the list.">
      <a class="button" href={address("inbox")}>
        Back to the list
      </a>
    </Empty>
  );
}
