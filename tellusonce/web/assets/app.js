// What the pages do with JavaScript. Each of them works without it.
import { initAll } from "./govuk-frontend.min.js"

initAll()
