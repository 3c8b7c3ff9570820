// What the pages do with JavaScript. Each of them works without it.
import { initAll } from "./govuk-frontend.min.js"
import { numbers } from "./numbers.js"
import { refresh } from "./refresh.js"
import { warn } from "./visits.js"

initAll()

// The square on a letter brings the reference behind a #, which no server sees; nor shall the history keep it.
const field = document.getElementById("reference")
const brought = /^#([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})$/.exec(location.hash)
if (field && brought) {
  field.value ||= brought[1]
  history.replaceState(null, "", location.pathname + location.search)
}

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false
  button.addEventListener("click", () => window.print())
  if (button.autofocus) button.focus()
})

document.querySelectorAll("[data-numbers]").forEach(numbers)
document.querySelectorAll("[data-refresh]").forEach(refresh)
document.querySelectorAll("[data-visit]").forEach(warn)
