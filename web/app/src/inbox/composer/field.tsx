/** A field that grows to eight lines with its words; Enter sends, Shift-Enter breaks. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Show *text* in a frame with its button; *longest* is how long it may be. */
export function WritingField(props: {
  label: string;
  placeholder: string;
  text: string;
  longest: number;
  isFocused: boolean;
  change: (text: string) => void;
  submit: () => void;
  leave?: () => void;
  /** The button. */
  children: (isSendable: boolean) => ComponentChildren;
}) {
  const { text, submit } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const over = text.trim().length - props.longest;
  const isSendable = text.trim() !== "" && over <= 0;
  useLayoutEffect(() => {
    if (field.current) grow(field.current);
  }, [text]);
  useLayoutEffect(() => {
    // A touch screen would open its keyboard over the conversation.
    if (props.isFocused && matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  }, [props.isFocused]);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (isSendable) submit();
      }}
    >
      <textarea
        ref={field}
        class="composer-text"
        rows={1}
        dir="auto"
        aria-label={props.label}
        placeholder={props.placeholder}
        value={text}
        onBlur={props.leave}
        onInput={(event) => {
          props.change(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          if (isSendable) submit();
        }}
      />
      {over > 0 && (
        <p class="form-error" role="status">
          {over} characters too long
        </p>
      )}
      {props.children(isSendable)}
    </form>
  );
}

/** As tall as its words; the stylesheet stops it at eight lines. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
