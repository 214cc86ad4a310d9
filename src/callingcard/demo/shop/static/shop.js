/* The shop's own script. Everything here is an extra: the shop works without it. */
"use strict";

const PATIENCE_MS = 3000;

/* callingcard.js loads by itself; wait for it, or do without when it does not come. */
const client = new Promise((resolve) => {
  const tag = document.querySelector("script[data-endpoint]");
  const done = () => resolve(window.callingcard ?? null);
  if (!tag || window.callingcard) return done();
  tag.addEventListener("load", done);
  tag.addEventListener("error", done);
});

/* On the page without callingcard.js, this is what HubSpot offers for a sign-out. */
function clearChat() {
  if (!window.HubSpotConversations) return;
  Object.assign(window.hsConversationsSettings, { identificationEmail: "", identificationToken: "" });
  window.HubSpotConversations.clear({ resetWidget: true });
}

/* Before the shop forgets who is here, the chat does. */
for (const form of document.querySelectorAll("form[data-forget-chat]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const forgetting = window.callingcard ? window.callingcard.logout() : clearChat();
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([forgetting, patience]);
    form.submit();
  });
}

/* The seal in the bar says what the chat knows. */
client.then(async (callingcard) => {
  const seal = document.querySelector("#seal");
  if (!seal || !callingcard) return;
  const show = (known) => {
    seal.dataset.evidence = known ? "signed" : "anonymous";
    seal.lastElementChild.textContent = known ? "The chat knows you" : "The chat does not know you";
    seal.hidden = false;
  };
  callingcard.on("identified", () => show(true));
  callingcard.on("anonymous", () => show(false));
  callingcard.on("loggedOut", () => show(false));
  show((await callingcard.token()) !== null);
});

/* "Ask about it" opens the chat, where there is one. */
function offerChat() {
  for (const button of document.querySelectorAll("[data-open-chat]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.HubSpotConversations.widget.open());
  }
}

if (window.HubSpotConversations) offerChat();
else (window.hsConversationsOnReady ??= []).push(offerChat);
