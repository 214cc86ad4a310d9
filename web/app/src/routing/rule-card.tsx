/** One rule: a line that says it, and when it is open, the form to change it. */
import { useSignal } from "@preact/signals";
import { ArrowDown, ArrowUp, ChevronRight, Trash2 } from "lucide";
import { useId, useRef } from "preact/hooks";

import { leavesOf } from "../conditions/tree.ts";
import { conditionWords } from "../conditions/words.ts";
import { reasonBelow } from "../teams/words.ts";
import { Icon } from "../ui/icon.tsx";
import { RuleFields, type Planning } from "./routing-page.tsx";
import type { Rule } from "./routing.ts";
import { targetWords } from "./words.ts";

interface Given extends Planning {
  rule: Rule;
  index: number;
  onChange: (rule: Rule) => void;
  onMove: (places: number) => void;
  onRemove: () => void;
}

/** The card of a rule. */
export function RuleCard(given: Given) {
  const { rule, index, saving, properties, onMove } = given;
  const card = useRef<HTMLLIElement>(null);
  const id = useId();
  const isWrong = reasonBelow(saving.reasons, `rules.${index}`) !== "";
  const isBlank = leavesOf(rule.when).every((leaf) => leaf.property === "");
  const chosen = useSignal<boolean | null>(null);
  const isOpen = isWrong || (chosen.value ?? isBlank);
  return (
    <li class="step" data-wrong={isWrong} ref={card}>
      <div class="step-head">
        <button
          type="button"
          class="step-open"
          aria-expanded={isOpen}
          aria-controls={id}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
          onClick={() => {
            chosen.value = !isOpen;
          }}
          onKeyDown={(event) => {
            const places = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
            if (!event.altKey || places === 0) return;
            event.preventDefault();
            onMove(places);
            follow(card.current, index + places);
          }}
        >
          <Icon node={ChevronRight} size={16} />
          <span class="step-number">{index + 1}</span>
          <span class="step-lines">
            <span class="step-title">
              <strong dir="auto">{rule.name}</strong>
            </span>
            {!isOpen && (
              <span class="step-line">
                <span class="step-summary" dir="auto">
                  {conditionWords(rule.when, properties)}
                </span>
                <span class="step-way">→ {targetWords(rule)}</span>
              </span>
            )}
          </span>
        </button>
        <RuleButtons {...given} card={card} />
      </div>
      {isOpen && (
        <div class="step-body form-group" id={id}>
          <RuleFields {...given} />
        </div>
      )}
    </li>
  );
}

function RuleButtons(props: Given & { card: { current: HTMLLIElement | null } }) {
  const { rule, index, saving, onMove, onRemove, card } = props;
  const move = (places: number): void => {
    onMove(places);
    follow(card.current, index + places);
  };
  return (
    <span class="step-buttons">
      <button type="button" class="icon-button" title="Move up" disabled={index === 0} onClick={() => { move(-1); }}>
        <Icon node={ArrowUp} size={16} />
        <span class="sr-only">Move {rule.name} up</span>
      </button>
      <button type="button" class="icon-button" title="Move down" disabled={index === saving.value.rules.length - 1} onClick={() => { move(1); }}>
        <Icon node={ArrowDown} size={16} />
        <span class="sr-only">Move {rule.name} down</span>
      </button>
      <button type="button" class="icon-button" title="Delete" onClick={onRemove}>
        <Icon node={Trash2} size={16} />
        <span class="sr-only">Delete {rule.name}</span>
      </button>
    </span>
  );
}

/** Go along with a rule that moved to *index*, once the list is drawn. */
function follow(card: HTMLElement | null, index: number): void {
  const list = card?.parentElement;
  setTimeout(() => {
    const there = list?.children.item(Math.max(0, Math.min(index, list.children.length - 1)));
    there?.querySelector<HTMLElement>(".step-open")?.focus();
  });
}
