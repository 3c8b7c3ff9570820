// Two minutes before the visit ends, say so and offer to stay (WCAG 2.2, 2.2.1). Another page may have made it longer,
// so the service is asked first; asking makes the visit no longer, staying does.
const WARN = 120
const VISIT = "/accounts/visit"

export function warn(dialog) {
  const left = dialog.querySelector("[data-left]")
  let timer = 0

  const ask = async () => {
    const answer = await fetch(VISIT)
    const { csrf_token: token, visitor } = await answer.json()
    return { token, seconds: visitor ? visitor.seconds_left : 0 }
  }
  const wait = (seconds) => {
    clearTimeout(timer)
    timer = setTimeout(look, Math.max(1, seconds) * 1000)
  }
  const look = async () => {
    let seconds
    try {
      ({ seconds } = await ask())
    } catch {
      return wait(10)
    }
    if (seconds <= 0) return location.assign(dialog.dataset.over)
    if (seconds > WARN) {
      if (dialog.open) dialog.close()
      return wait(seconds - WARN)
    }
    if (!dialog.open) dialog.showModal()
    left.hidden = seconds > 60
    wait(Math.min(seconds, 20))
  }
  const stay = async () => {
    const { token } = await ask()
    await fetch(`${VISIT}/stay`, { method: "POST", headers: { "X-CSRFToken": token } })
    dialog.close()
    look()
  }

  dialog.querySelector("[data-stay]").addEventListener("click", stay)
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault()
    stay()
  })
  wait(Number(dialog.dataset.seconds) - WARN)
}
