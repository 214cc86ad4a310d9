/** A chatflow while it is changed: what is on the page, what is kept, and what was said about it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal, type Signal } from "@preact/signals";

import type { Property } from "../../conditions/properties.ts";
import type { Reasons } from "../../forms/sending.ts";
import { isOther, useUnsaved } from "../../forms/unsaved.ts";
import { problemFrom } from "../../ui/states.tsx";
import { answersOf, publish, saveDraft, type FlowDetail } from "../chatflows.ts";
import { changed, type Flow } from "../document.ts";

/** What the fields of the editor offer to choose from. */
export interface Offers {
  properties: readonly Property[];
  functions: readonly string[];
  teams: readonly string[];
  hours: readonly string[];
  /** Names and titles. */
  inboxes: readonly (readonly [string, string])[];
}

/** A chatflow on the page. */
export interface Editing {
  flow: Flow;
  detail: FlowDetail;
  isDirty: boolean;
  busy: "" | "saving" | "publishing";
  problem: Problem | null;
  /** What was refused, by its path; it goes when it is mended and tried again. */
  reasons: Reasons;
  offers: Offers;
  change: (changes: { [Name in keyof Flow]?: Flow[Name] | undefined }) => void;
  replace: (flow: Flow) => void;
  save: (how: "draft" | "publish") => Promise<void>;
  /** Take over what the server says of the chatflow now; what is being written stays. */
  switched: (detail: FlowDetail) => void;
}

/** Edit the chatflow of *detail*. */
export function useEditing(detail: FlowDetail, offers: Offers): Editing {
  const kept = useSignal(detail);
  const flow = useSignal(sourceOf(detail));
  const saved = useSignal(flow.value);
  const busy = useSignal<Editing["busy"]>("");
  const problem = useSignal<Problem | null>(null);
  const isDirty = useUnsaved(() => isOther(flow.value, saved.value));

  const replace = (next: Flow): void => {
    flow.value = next;
  };
  async function save(how: "draft" | "publish"): Promise<void> {
    const sent = flow.value;
    busy.value = how === "draft" ? "saving" : "publishing";
    problem.value = null;
    try {
      kept.value = await (how === "draft" ? saveDraft(sent) : publish(sent));
      saved.value = sent;
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = "";
    }
  }
  return {
    flow: flow.value,
    detail: kept.value,
    isDirty,
    busy: busy.value,
    problem: problem.value,
    reasons: problem.value?.fields ?? {},
    offers: { ...offers, properties: [...offers.properties, ...answersOf(flow.value)] },
    change: (changes) => {
      replace(changed(flow.value, changes));
    },
    replace,
    save,
    switched: (next) => {
      kept.value = next;
      enabledAs(next.enabled, flow, saved);
    },
  };
}

/** What there is to edit: the draft, or what visitors get. */
function sourceOf(detail: FlowDetail): Flow {
  return detail.draft ?? detail.document ?? { name: detail.name };
}

function enabledAs(enabled: boolean, ...flows: Signal<Flow>[]): void {
  for (const flow of flows) flow.value = { ...flow.value, enabled };
}
