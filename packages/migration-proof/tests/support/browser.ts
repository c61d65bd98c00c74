import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const { CI, CHROMIUM_PATH } = process.env

/** The browser of this machine; null where there is none. `CHROMIUM_PATH` names another one. */
const found = [...(CHROMIUM_PATH === undefined ? [] : [CHROMIUM_PATH]), ...paths].find((path) =>
  existsSync(path),
)

/** Without a browser the tests are skipped, visibly; in CI they run and fail. */
export const browserOfMachine = {
  isMet: found !== undefined || Boolean(CI),
  reason: found ?? 'there is no Chromium: install the package chromium, or name one in CHROMIUM_PATH',
} as const

export function launchBrowser(): Promise<Browser> {
  if (found === undefined)
    throw new Error(`Chromium: expected a browser, found none; ${browserOfMachine.reason}.`)
  // A sandbox of its own needs more rights than a container gives; the only page is our own.
  return chromium.launch({ executablePath: found, args: ['--no-sandbox'] })
}

/** What a page that was opened did that it must not. */
export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, exceptions, dialogs, and requests other than for the file itself. */
  readonly offences: readonly string[]
}

export interface ViewOptions {
  readonly colorScheme?: 'light' | 'dark'
}

/** One tab of a browser, in which one file after the other is opened: a new one takes longer than most tests. */
export class Tab {
  readonly #page: Page
  #url = ''
  #offences: string[] = []

  constructor(page: Page) {
    this.#page = page
    page.on('console', (message) => this.#offences.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => this.#offences.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => {
      this.#offences.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      const url = request.url()
      if (url !== this.#url && url !== 'data:,') this.#offences.push(`request: ${url}`)
    })
  }

  async open(url: string, { colorScheme = 'light' }: ViewOptions = {}): Promise<OpenPage> {
    const page = this.#page
    // From nowhere: opened again, a browser might show the file as it was left.
    this.#url = 'about:blank'
    await page.goto(this.#url)
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 1280, height: 900 })
    const offences: string[] = []
    this.#offences = offences
    this.#url = url
    await page.goto(url)
    return { page, offences }
  }
}
