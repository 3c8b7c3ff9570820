// A part of a page that is fetched anew every so many seconds, until somebody stops it (WCAG 2.2, 2.2.2). What is
// fetched so does not make the visit longer: the header says that nobody did anything.
export function refresh(button) {
  let timer = 0

  const look = async () => {
    const answer = await fetch(location.href, { headers: { "X-Refresh": "yes" }, redirect: "manual" }).catch(() => null)
    if (!answer?.ok) return
    // What stands before it has styles of the page's own, which its policy would not let into this one.
    const text = await answer.text()
    const page = new DOMParser().parseFromString(text.slice(text.indexOf('<div id="live">')), "text/html")
    const fresh = page.getElementById("live")
    if (fresh) document.getElementById("live").replaceChildren(...fresh.childNodes)
  }
  const turn = (isOn) => {
    clearInterval(timer)
    if (isOn) timer = setInterval(() => document.hidden || look(), Number(button.dataset.refresh) * 1000)
    button.textContent = isOn ? button.dataset.stop : button.dataset.start
  }

  button.hidden = false
  button.addEventListener("click", () => turn(button.textContent === button.dataset.start))
  turn(true)
}
