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

/** A page that is open, and what it did that it must not. */
export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, exceptions, dialogs, and requests other than for the file itself. */
  readonly offences: readonly string[]
}

export interface ViewOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
}

export async function openPage(
  browser: Browser,
  url: string,
  { colorScheme = 'light', width = 1280 }: ViewOptions = {},
): Promise<OpenPage> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
  const offences: string[] = []
  page.on('console', (message) => offences.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    offences.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') offences.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, offences }
}
