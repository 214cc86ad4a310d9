/** Who a conversation is with, whose it is, who else looks at it, and its end. */
import type { Problem } from "@callingcard/kit/request.ts";
import { Seal } from "@callingcard/kit/design/seal.tsx";
import { useSignal } from "@preact/signals";
import { Eye, PanelRight } from "lucide";

import { Icon } from "../../ui/icon.tsx";
import { problemFrom } from "../../ui/states.tsx";
import { nameOf } from "../feed.ts";
import { lookers } from "../house.ts";
import { MergeButton } from "../merging/merge-button.tsx";
import { setStatus } from "../store.ts";
import type { Conversation } from "../types.ts";
import { Handing } from "./handing.tsx";

/** Show the head of *conversation*. */
export function Head(props: { conversation: Conversation; personShown: boolean; togglePerson: () => void }) {
  const { conversation } = props;
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const act = async (work: () => Promise<void>): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await work();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  };
  const open = conversation.status === "open";
  return (
    <>
      <div class="thread-who">
        <h2 class="thread-name" dir="auto" title={nameOf(conversation)}>
          {nameOf(conversation)}
        </h2>
        <Seal evidence={conversation.evidence} signature={conversation} />
        <Lookers id={conversation.id} />
      </div>
      {problem.value && (
        <p class="thread-problem" role="alert">
          {problem.value.message} {problem.value.hint}
        </p>
      )}
      <div class="thread-acts">
        {conversation.mergedInto === null && (
          <>
            <Handing conversation={conversation} busy={busy.value} act={act} />
            <button
              type="button"
              class="button"
              disabled={busy.value}
              onClick={() => void act(() => setStatus(conversation.id, open ? "closed" : "open"))}
            >
              {open ? "Close" : "Reopen"}
            </button>
            {conversation.contactId !== null && <MergeButton key={conversation.id} id={conversation.id} />}
          </>
        )}
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
      </div>
    </>
  );
}

/** Colleagues who have this conversation open too. */
function Lookers({ id }: { id: string }) {
  const names = lookers(id).map((sign) => sign.author.name);
  if (names.length === 0) return null;
  const words = `${names.join(", ")} ${names.length === 1 ? "looks" : "look"} at this, too`;
  return (
    <span class="lookers" role="status" title={words}>
      <Icon node={Eye} size={14} />
      <span class="lookers-names" dir="auto" aria-hidden="true">
        {names.join(", ")}
      </span>
      <span class="sr-only">{words}</span>
    </span>
  );
}
