/** What the page of the report does by itself: the slider of the versions, and the choice of light or dark. */
startSlider()
startTheme()
unfoldForPrint()

/** Shows, hides and colours what each version has. */
function startSlider(): void {
  const slider = document.querySelector('#version')
  if (!(slider instanceof HTMLInputElement)) return
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('#ticks button')]
  const show = () => {
    const version = slider.valueAsNumber
    showVersion(version)
    for (const [index, button] of buttons.entries()) {
      button.parentElement?.classList.toggle('now', index === version)
    }
    slider.setAttribute('aria-valuetext', buttons[version]?.dataset.name ?? `v${version}`)
  }
  slider.addEventListener('input', show)
  for (const [index, button] of buttons.entries()) {
    button.addEventListener('click', () => {
      slider.valueAsNumber = index
      slider.focus()
      show()
    })
  }
  show()
}

function showVersion(version: number): void {
  for (const element of document.querySelectorAll<SVGGElement>('#diagram [data-in]')) {
    const versions = listOf(element.dataset.in)
    const isThere = versions.includes(version)
    const isNew = isThere && !versions.includes(version - 1)
    element.classList.toggle('absent', !isThere)
    element.classList.toggle('new', isNew)
    element.classList.toggle(
      'changed',
      isThere && !isNew && listOf(element.dataset.changed).includes(version),
    )
  }
  for (const line of document.querySelectorAll<HTMLElement>('#version-name [data-version]')) {
    line.hidden = line.dataset.version !== `${version}`
  }
}

function listOf(text = ''): number[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
}

/** The page follows the system until the reader chooses. */
function startTheme(): void {
  const button = document.querySelector('#theme')
  if (!(button instanceof HTMLButtonElement)) return
  const system = matchMedia('(prefers-color-scheme: dark)')
  let chosen: boolean | null = null
  const show = () => {
    const isDark = chosen ?? system.matches
    if (chosen !== null) document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
    button.textContent = isDark ? 'Light' : 'Dark'
    button.setAttribute('aria-label', isDark ? 'Show it light' : 'Show it dark')
  }
  button.addEventListener('click', () => {
    chosen = !(chosen ?? system.matches)
    show()
  })
  system.addEventListener('change', show)
  button.hidden = false
  show()
}

/** Paper cannot be unfolded: what is folded is printed too. */
function unfoldForPrint(): void {
  let folded: HTMLDetailsElement[] = []
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details')].filter(({ open }) => !open)
    for (const details of folded) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of folded) details.open = false
  })
}
