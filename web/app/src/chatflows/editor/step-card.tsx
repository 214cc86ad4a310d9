/** One step: a line that says what it does, and when it is open, the form to change it. */
import { useSignal } from "@preact/signals";
import { ArrowDown, ArrowUp, ChevronRight, Trash2 } from "lucide";
import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { TextField } from "../../sites/form/fields.tsx";
import { sentences } from "../../sites/words.ts";
import { Icon } from "../../ui/icon.tsx";
import { moved, reasonsBelow, renamed, stepNameReason, stepNames, without, withStep, type Flow, type Step } from "../document.ts";
import { STEPS, summary, wayWords } from "../words.ts";
import type { Editing } from "./editing.ts";
import { cardId, OPEN } from "./places.ts";
import { StepForm } from "./step-form.tsx";

interface Given {
  editing: Editing;
  name: string;
  step: Step;
  index: number;
  isLast: boolean;
  /** Called with the chatflow as it was before the step was taken out, and as it is since. */
  onGone: (gone: Gone) => void;
}

/** A step that was taken out: the chatflow before and after. */
export interface Gone {
  name: string;
  before: Flow;
  after: Flow;
}

/** Names of steps that were just added or named: their card opens by itself. */
const opening = new Set<string>();

/** The card of a step. */
export function StepCard({ editing, name, step, index, isLast, onGone }: Given) {
  const card = useRef<HTMLLIElement>(null);
  const isNew = isBlank(step);
  const isOpen = useSignal(isNew || opening.delete(name));
  const wrong = reasonsBelow(editing.reasons, `steps.${name}`);
  const count = Object.keys(wrong).length;
  useEffect(() => {
    const { current } = card;
    function open(): void {
      isOpen.value = true;
    }
    current?.addEventListener(OPEN, open);
    return () => {
      current?.removeEventListener(OPEN, open);
    };
  }, [isOpen]);
  const bodyId = `${cardId(name)}-body`;
  return (
    <li class="step" id={cardId(name)} data-wrong={count > 0} ref={card}>
      <div class="step-head">
        <button
          type="button"
          class="step-open"
          aria-expanded={isOpen.value}
          aria-controls={bodyId}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
          onKeyDown={(event) => {
            onKey(event, editing, name);
          }}
        >
          <Icon node={ChevronRight} size={16} />
          <span class="step-number">{index + 1}</span>
          <span class="step-lines">
            <span class="step-title">
              <strong>{STEPS[step.type].name}</strong> <code>{name}</code>
              {count > 0 && <span class="text-danger step-count">{count === 1 ? "1 thing to mend" : `${count} things to mend`}</span>}
            </span>
            {!isOpen.value && <StepLine step={step} editing={editing} />}
          </span>
        </button>
        <StepButtons {...{ editing, name, index, isLast, onGone }} />
      </div>
      {isOpen.value && (
        <div class="step-body form-group" id={bodyId}>
          {wrong[`steps.${name}`] && <p class="form-error">{sentences(wrong[`steps.${name}`] ?? "")}</p>}
          <StepForm
            editing={editing}
            name={name}
            step={step}
            change={(next) => {
              editing.replace(withStep(editing.flow, name, next));
            }}
          />
          <NameField editing={editing} name={name} />
        </div>
      )}
    </li>
  );
}

function StepLine({ step, editing }: { step: Step; editing: Editing }) {
  return (
    <span class="step-line">
      <span class="step-summary" dir="auto">
        {summary(step, editing.offers.properties)}
      </span>
      <span class="step-way">{wayWords(step)}</span>
    </span>
  );
}

function StepButtons({ editing, name, index, isLast, onGone }: Omit<Given, "step">) {
  return (
    <span class="step-buttons">
      <button type="button" class="icon-button" title="Move up" disabled={index === 0} onClick={() => { move(editing, name, -1); }}>
        <Icon node={ArrowUp} size={16} />
        <span class="sr-only">Move {name} up</span>
      </button>
      <button type="button" class="icon-button" title="Move down" disabled={isLast} onClick={() => { move(editing, name, 1); }}>
        <Icon node={ArrowDown} size={16} />
        <span class="sr-only">Move {name} down</span>
      </button>
      <button type="button" class="icon-button" title="Delete" onClick={() => { onGone(remove(editing, name)); }}>
        <Icon node={Trash2} size={16} />
        <span class="sr-only">Delete {name}</span>
      </button>
    </span>
  );
}

/** A step that was added and not yet filled in. */
function isBlank(step: Step): boolean {
  if (step.type === "message" || step.type === "question") return step.text === "";
  if (step.type === "function") return step.name === "";
  if (step.type === "webhook") return step.url === "https://";
  return step.type === "branch" && step.cases.every((one) => "property" in one.when && one.when.property === "");
}

function onKey(event: TargetedKeyboardEvent<HTMLButtonElement>, editing: Editing, name: string): void {
  const places = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (!event.altKey || places === 0) return;
  event.preventDefault();
  move(editing, name, places);
}

/** Move a step and keep the focus on it. */
function move(editing: Editing, name: string, places: number): void {
  const focused = document.activeElement;
  editing.replace(moved(editing.flow, name, places));
  setTimeout(() => {
    const card = document.getElementById(cardId(name));
    const isAble = focused instanceof HTMLButtonElement && !focused.disabled && card?.contains(focused);
    (isAble ? focused : card?.querySelector<HTMLElement>(".step-open"))?.focus();
  });
}

/** Take a step out, and go to the one that is there now. */
function remove(editing: Editing, name: string): Gone {
  const at = stepNames(editing.flow).indexOf(name);
  const next = without(editing.flow, name);
  editing.replace(next);
  const names = stepNames(next);
  const neighbour = names[Math.min(at, names.length - 1)];
  setTimeout(() => {
    const place = neighbour === undefined ? ".step-add select" : `#${CSS.escape(cardId(neighbour))} .step-open`;
    document.querySelector<HTMLElement>(place)?.focus();
  });
  return { name, before: editing.flow, after: next };
}

/** The name of a step, which others lead to; it counts when the field is left. */
function NameField({ editing, name }: { editing: Editing; name: string }) {
  const text = useSignal(name);
  const taken = stepNames(editing.flow).filter((one) => one !== name);
  const reason = stepNameReason(text.value, taken);
  return (
    <div
      onFocusOut={() => {
        if (reason || text.value === name) return;
        opening.add(text.value);
        editing.replace(renamed(editing.flow, name, text.value));
      }}
    >
      <TextField
        label="Name of the step"
        help="Other steps lead to it by this name."
        value={text.value}
        reason={reason}
        onChange={(next) => {
          text.value = next.trim();
        }}
      />
    </div>
  );
}
