/** One conversation: who it is with, what was said, and where the answer is written. */
import { useEffect } from "preact/hooks";

import { ArrowLeft } from "lucide";
import { address } from "../../router.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, Skeleton } from "../../ui/states.tsx";
import { Composer } from "../composer/composer.tsx";
import { nameOf } from "../feed.ts";
import { showSign } from "../house.ts";
import { GoesOn } from "../merging/merged.tsx";
import { readMerged } from "../merging/merging.ts";
import { inbox, markRead, openThread, threads } from "../store.ts";
import type { Conversation } from "../types.ts";
import { Head } from "./head.tsx";
import { Lines } from "./lines.tsx";

const LOOK_MS = 20_000; // a look is good for forty seconds

/** Show conversation *id*. */
export function Thread(props: { id: string; personShown: boolean; togglePerson: () => void }) {
  const { id } = props;
  const conversation = inbox.value.conversations.get(id);
  const loading = threads.value.get(id);
  const ready = loading?.state === "ready";
  useEffect(() => {
    if (loading === undefined) void openThread(id);
  }, [id, loading]);
  useReadMark(id, ready, conversation?.head ?? 0);
  useLooking(id, ready);
  const mergedAt = conversation?.mergedAt ?? null;
  useEffect(() => {
    if (ready && mergedAt !== null) void readMerged(id);
  }, [id, ready, mergedAt]);
  return (
    <section class="thread" aria-label="Conversation">
      <header class="thread-head" data-bare={conversation === undefined}>
        <a class="icon-button narrow-only" href={address("inbox")} aria-label="Back to the list">
          <Icon node={ArrowLeft} />
        </a>
        {conversation && <Head {...props} conversation={conversation} />}
      </header>
      <Said id={id} conversation={conversation} />
      {conversation && conversation.mergedInto !== null && (
        <div class="writing">
          <GoesOn one={conversation} />
        </div>
      )}
      {conversation?.mergedInto === null && (
        <Composer key={id} id={id} name={nameOf(conversation)} isClosed={conversation.status === "closed"} />
      )}
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

/** Let colleagues know that somebody looks at this conversation already. */
function useLooking(id: string, ready: boolean): void {
  useEffect(() => {
    if (!ready) return;
    const look = (): void => {
      if (document.visibilityState === "visible") showSign(id, "looking");
    };
    look();
    const looking = setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(looking);
      document.removeEventListener("visibilitychange", look);
      showSign(id, "looking", false);
    };
  }, [id, ready]);
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
