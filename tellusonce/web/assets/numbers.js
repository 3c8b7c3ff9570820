// In a form that asks for it, while the focus is within: a number chooses, and Enter sends (WCAG 2.2, 2.1.4).
export function numbers(form) {
  const choices = [...form.querySelectorAll("input[type=radio]")]
  form.addEventListener("keydown", (event) => {
    if (event.target.type !== "radio" || event.altKey || event.ctrlKey || event.metaKey) return
    const choice = choices[Number(event.key) - 1]
    if (!choice) return
    event.preventDefault()
    choice.click()
    choice.focus()
  })
}
