// Runs before the first paint; src/ui/theme.ts writes what this reads.
(function () {
  try {
    var chosen = localStorage.getItem("callingcard.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (refused) {
    // Storage may be forbidden by the browser; then the system's theme is the right one.
    console.info("callingcard: no stored theme", refused);
  }
})();
