/** The spans of one day, such as 09:00 to 12:00 and 13:00 to 17:00. */
import { Plus, X } from "lucide";

import { Icon } from "../../ui/icon.tsx";
import { isOvernight, spanEnds, tidy } from "../words.ts";

/** Fields for each span; *day* names the day for those who do not see its row. */
export function Spans(props: { day: string; spans: readonly string[]; reason: string; onChange: (spans: string[]) => void }) {
  const { day, spans, onChange } = props;
  return (
    <div class="spans" data-wrong={props.reason ? "true" : undefined}>
      {spans.length === 0 && <span class="text-muted">Closed</span>}
      {spans.map((span, index) => {
        const [from, to] = spanEnds(span);
        const write = (next: string): void => {
          onChange(spans.with(index, next));
        };
        return (
          <span class="span" key={index}>
            <Time label={`${day}, span ${index + 1}, from`} value={from} isWrong={props.reason !== ""} onChange={(time) => { write(`${time}-${to}`); }} />
            <span aria-hidden="true">–</span>
            <Time label={`${day}, span ${index + 1}, to`} value={to} isWrong={props.reason !== ""} onChange={(time) => { write(`${from}-${time}`); }} />
            {isOvernight(span) && <span class="help">next day</span>}
            <button
              type="button"
              class="icon-button"
              title="Remove"
              onClick={() => {
                onChange(spans.toSpliced(index, 1));
              }}
            >
              <Icon node={X} size={16} />
              <span class="sr-only">
                Remove span {index + 1} of {day}
              </span>
            </button>
          </span>
        );
      })}
      <button
        type="button"
        class="add-button"
        onClick={() => {
          onChange([...spans, spans.length === 0 ? "09:00-17:00" : "18:00-20:00"]);
        }}
      >
        <Icon node={Plus} size={16} /> Add<span class="sr-only"> a span on {day}</span>
      </button>
      {props.reason && <p class="form-error">{props.reason}</p>}
    </div>
  );
}

/** A time of day; a text field, because 24:00 is one too. */
function Time(props: { label: string; value: string; isWrong: boolean; onChange: (value: string) => void }) {
  return (
    <input
      class="input time-input"
      aria-label={props.label}
      aria-invalid={props.isWrong ? "true" : undefined}
      inputMode="numeric"
      placeholder="09:00"
      maxLength={5}
      value={props.value}
      onInput={(event) => {
        props.onChange(event.currentTarget.value.replaceAll("-", "").trim());
      }}
      onChange={(event) => {
        props.onChange(tidy(event.currentTarget.value));
      }}
    />
  );
}
