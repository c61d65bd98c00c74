import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { serveSite } from './site.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** A folder of the host that the site knows nothing of. */
const below = '/some/folder/'

const views = [
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
] as const

/**
 * Defines the tests that look at pages in a browser.
 *
 * @param paths from the top of the site
 * @param pictures where a picture of each view is kept; null for none
 */
export function lookAtPages(paths: readonly string[], pictures: string | null = null) {
  let browser: Browser
  let server: Server
  let url: string
  beforeAll(async () => {
    browser = await launchBrowser()
    ;({ url, server } = await serveSite(below))
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.for(paths)('%s is whole on a telephone and a desk, by day and by night', async (path) => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const offences: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) offences.push(message.text())
    })
    page.on('pageerror', (error) => offences.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) offences.push(request.url())
    })
    page.on('response', (response) => {
      if (response.status() >= 400) offences.push(`${response.status()} ${response.url()}`)
    })
    for (const { width, colorScheme } of views) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`${url}${path}`, { waitUntil: 'networkidle' })
      const shown: number = await page.evaluate('document.documentElement.scrollWidth')
      expect(shown, `${path} at ${width}`).toBeLessThanOrEqual(width)
      expect(await findFaults(page), `${path} at ${width}, ${colorScheme}`).toEqual([])
      if (pictures !== null)
        await page.screenshot({
          path: `${pictures}/${path.replaceAll('/', '_')}-${width}-${colorScheme}.png`,
        })
    }
    expect(offences).toEqual([])
    await context.close()
  })

  it('finds a rule by its name, and leads to its page', async () => {
    const page = await browser.newPage()
    await page.goto(`${url}start.html`, { waitUntil: 'networkidle' })
    await page.keyboard.press('Control+k')
    await page.locator('#localsearch-input').fill('pk-nullable')
    await page.locator('#localsearch-list a', { hasText: 'pk-nullable' }).first().click()
    await page.waitForURL(`${url}rules/pk-nullable.html*`)
    expect(await page.locator('main h1').innerText()).toContain('pk-nullable')
    await page.close()
  })
}

/** What axe finds, as a line for each rule with its places. */
async function findFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axe, 'utf8'))
  const found: {
    readonly passes: readonly object[]
    readonly violations: readonly {
      readonly id: string
      readonly nodes: readonly { readonly html: string }[]
    }[]
  } = await page.evaluate('axe.run({ resultTypes: ["violations"] })')
  expect(found.passes.length, 'axe looked at the page').toBeGreaterThan(0)
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`,
  )
}
