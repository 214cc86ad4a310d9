/** One page inside the frame: its title, its search, its one primary action, its content. */
import type { Signal } from "@preact/signals";
import { Search } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { unread } from "../inbox/store.ts";
import { Icon } from "../ui/icon.tsx";
import { isTyping } from "../ui/keys.ts";

/** What the search field of a page looks for; *words* is what was typed. */
export interface SearchField {
  label: string;
  words: Signal<string>;
}

/** Set the title bar above *children*. */
export function Page(props: {
  title: string;
  /** What the browser's tab says instead, when that is more telling. */
  tabTitle?: string;
  search?: SearchField;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const mark = unread.value > 0 ? `(${unread.value}) ` : "";
  const tabTitle = `${mark}${props.tabTitle ?? props.title} · Callingcard`;
  useEffect(() => {
    document.title = tabTitle;
  }, [tabTitle]);
  return (
    <>
      <header class="titlebar">
        <h1 class="page-title">{props.title}</h1>
        {props.search && <SearchBox {...props.search} />}
        {props.action}
      </header>
      {props.children}
    </>
  );
}

function SearchBox({ label, words }: SearchField) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    function focus(event: KeyboardEvent): void {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      event.preventDefault();
      field.current?.focus();
    }
    document.addEventListener("keydown", focus);
    return () => {
      document.removeEventListener("keydown", focus);
    };
  }, []);
  return (
    <label class="search">
      <Icon node={Search} size={16} />
      <span class="sr-only">{label}</span>
      <input
        ref={field}
        class="input"
        type="search"
        dir="auto"
        placeholder={label}
        value={words}
        onInput={(event) => {
          words.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") leave(event, words);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

/** Escape first empties the field, then leaves it; it goes no further. */
function leave(event: KeyboardEvent & { currentTarget: HTMLInputElement }, words: Signal<string>): void {
  event.stopPropagation();
  if (words.value === "") event.currentTarget.blur();
  words.value = "";
}
