// Goal: the page of the report works in a real browser as a person uses it: with the mouse, with the keyboard, in
// the dark, on a telephone, on paper, with a screen reader; and no name of a database can make it do anything else.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserOfMachine, launchBrowser, Tab, type ViewOptions } from '../support/browser.ts'
import { runOnForum } from '../support/forum.ts'
import { hostile, hostileResults, sampleResults, unrunResults } from './samples.ts'

const mostBytes = 1_500_000
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const folder = mkdtempSync(join(tmpdir(), 'report-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a page by the command line. */
function writePage(name: string, ...parameters: readonly string[]): string {
  const file = join(folder, `${name}.html`)
  const { stdout } = runOnForum(['report', ...parameters, '--output', file])
  expect(stdout).toContain(file)
  return file
}

/** Writes the page of some results, unless an earlier test did. */
function writePageOf(name: string, results: object): string {
  const written = join(folder, `${name}.html`)
  if (existsSync(written)) return written
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(results))
  return writePage(name, '--results', file)
}

describe.skipIf(!browserOfMachine.isMet)(`the page (${browserOfMachine.reason})`, () => {
  let browser: Browser
  let tab: Tab
  let own: string
  beforeAll(async () => {
    browser = await launchBrowser()
    tab = new Tab(await browser.newPage())
    own = writePage('own', '--parts', 'history,contracts,engines')
  })
  afterAll(() => browser?.close())

  /** Opens a page for one test, and proves that it did nothing that it must not. */
  async function withPage(file: string, options: ViewOptions, work: (page: Page) => Promise<void>) {
    const { page, offences } = await tab.open(pathToFileURL(file).href, options)
    await work(page)
    expect(offences).toEqual([])
  }

  describe('of a project', () => {
    it('opens without an error, and asks nothing of the network', async () => {
      await withPage(own, {}, async (page) => {
        expect(await page.title()).toBe('forum: upgrades proven')
        expect(await page.locator('main > section').count()).toBeGreaterThan(10)
      })
    })

    it('is below 1.5 MB', () => {
      expect(statSync(own).size).toBeLessThan(mostBytes)
    })

    it('could not use the network if it wanted to', async () => {
      const { page } = await tab.open(pathToFileURL(own).href)
      const forbidden = await page.evaluate(`new Promise((resolve) => {
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective))
        fetch('http://127.0.0.1:9/').catch(() => setTimeout(() => resolve('nothing'), 500))
      })`)
      expect(forbidden).toBe('connect-src')
    })

    /** Each row: a version, how many tables it has, and how many of them are new or changed. */
    const versions: readonly (readonly [version: number, tables: number, added: number, changed: number])[] =
      [
        [0, 0, 0, 0],
        [1, 2, 2, 0],
        [2, 3, 1, 0],
        [3, 3, 0, 1],
        [4, 5, 2, 0],
        [5, 7, 2, 0],
      ]

    it('shows each version at a press of its button: its tables, and what is new or changed', async () => {
      await withPage(own, {}, async (page) => {
        for (const [version, tables, added, changed] of versions) {
          await page.getByRole('button', { name: `v${version}`, exact: true }).click()
          expect(await shownTables(page), `v${version}`).toHaveLength(tables)
          expect(await newTables(page), `v${version}`).toHaveLength(added)
          expect(await page.locator('.er-table.changed').count(), `v${version}`).toBe(changed)
          expect(await page.locator('#version-name').innerText()).toContain(`v${version}, `)
        }
      })
    })

    it('moves through the versions with the arrow keys, and says which one it is', async () => {
      await withPage(own, {}, async (page) => {
        const slider = page.getByRole('slider', { name: 'Version' })
        await slider.focus()
        for (const version of [4, 3]) {
          await page.keyboard.press('ArrowLeft')
          expect(await slider.getAttribute('aria-valuetext')).toMatch(new RegExp(`^v${version}, `))
        }
        expect(await page.locator('.er-row.index.new').count()).toBe(1)
        await page.keyboard.press('Home')
        expect(await shownTables(page)).toEqual([])
        await page.keyboard.press('End')
        expect(await shownTables(page)).toHaveLength(7)
      })
    })

    it('moves no table when the version changes', async () => {
      await withPage(own, {}, async (page) => {
        const places = () =>
          page
            .locator('.er-table')
            .evaluateAll((tables) => tables.map((table) => table.getAttribute('transform')))
        const before = await places()
        await page.getByRole('button', { name: 'v2', exact: true }).click()
        expect(await places()).toEqual(before)
        expect(new Set(before).size).toBe(7)
      })
    })

    it('turns dark and light at a press, whatever the system says', async () => {
      for (const [colorScheme, other] of [
        ['light', 'dark'],
        ['dark', 'light'],
      ] as const) {
        await withPage(own, { colorScheme }, async (page) => {
          const brightness = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
          const before = await brightness()
          await page.getByRole('button', { name: `Show it ${other}` }).click()
          const after = await brightness()
          expect(after).not.toBe(before)
          await page.getByRole('button', { name: `Show it ${colorScheme}` }).click()
          expect(await brightness()).toBe(before)
        })
      }
    })

    it('is no wider than the screen, be it a telephone', async () => {
      await withPage(own, {}, async (page) => {
        for (const width of [1280, 768, 360]) {
          await page.setViewportSize({ width, height: 800 })
          const shown: number = await page.evaluate('document.documentElement.scrollWidth')
          expect(shown).toBeLessThanOrEqual(width)
        }
      })
    })

    it('is printed whole, with what is folded', async () => {
      await withPage(own, {}, async (page) => {
        await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
        expect(await page.locator('details:not([open])').count()).toBe(0)
        await page.evaluate(() => dispatchEvent(new Event('afterprint')))
        expect(await page.locator('details:not([open])').count()).toBeGreaterThan(5)
        const paper = await page.pdf({ printBackground: true, preferCSSPageSize: true })
        expect(paper.subarray(0, 5).toString()).toBe('%PDF-')
      })
    })

    it('works without its script: the latest version is shown', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false })
      const page = await context.newPage()
      await page.goto(pathToFileURL(own).href)
      expect(await page.locator('.er-table:not(.absent)').count()).toBe(7)
      await context.close()
    })
  })

  const pages: readonly (readonly [what: string, name: string, results: () => object])[] = [
    ['with problems of every part', 'problems', sampleResults],
    ['of which nothing was run', 'unrun', unrunResults],
    ['with hostile names', 'hostile', hostileResults],
  ]

  it.for(pages)(
    '%s, has no fault that axe knows of, and in the dark as much contrast',
    async ([, name, make]) => {
      const file = writePageOf(name, make())
      await withPage(file, {}, async (page) => {
        await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true')
        expect(await findFaults(page, '')).toEqual([])
        await page.emulateMedia({ colorScheme: 'dark' })
        expect(await findFaults(page, 'runOnly: ["color-contrast"]')).toEqual([])
      })
    },
  )

  it('says of each part that it was not run', async () => {
    await withPage(writePageOf('unrun', unrunResults()), {}, async (page) => {
      expect(await page.locator('.not-run').count()).toBe(10)
      expect(await page.locator('#verdict-title').innerText()).toBe('All that was run is proven')
      expect(await page.locator('.tiles .passed').count()).toBe(0)
    })
  })

  it('shows the problems first', async () => {
    await withPage(writePageOf('problems', sampleResults()), {}, async (page) => {
      expect(await page.locator('#verdict-title').innerText()).toBe('8 problems to fix')
      expect(await page.locator('main > section').nth(1).getAttribute('id')).toBe('problems')
      expect(await page.locator('.problem').count()).toBe(8)
    })
  })

  it('shows what a version changes of old rows on purpose, what a check left out for it, and new waivers', async () => {
    await withPage(writePageOf('sample', sampleResults()), {}, async (page) => {
      expect(await page.locator('#waivers tbody').innerText()).toMatch(
        /pk-nullable\s+column note\.id\s+no one writes NULL there/,
      )
      const version = page.locator('#migrations details').first()
      expect(await version.innerText()).toMatch(
        /note\s+text becomes trim\(text\)\s+spaces were typed by mistake/,
      )
      expect(await version.locator('summary').innerText()).toContain('1 declared change of rows')
      expect(await page.locator('#matrix .exceptions').allInnerTexts()).toEqual(['but for note.text'])
    })
  })

  it('shows hostile names as text, and runs none of them', async () => {
    await withPage(writePageOf('hostile', hostileResults()), {}, async (page) => {
      const text = await page.locator('body').evaluate((body) => body.textContent ?? '')
      expect(text).toContain(hostile.replace('\u202E', '\\u{202e}'))
      expect(text, 'nothing that turns the direction of writing').not.toMatch(/[\u202A-\u202E]/)
      expect(await page.locator('script').count()).toBe(1)
      expect(await page.locator('img, iframe, object, embed, [onerror], [onload]').count()).toBe(0)
      expect(await page.locator('svg title', { hasText: '<script>' }).count()).toBeGreaterThan(0)
      expect(await page.locator('a[href^="javascript"]').count()).toBe(0)
    })
  })
})

function shownTables(page: Page) {
  return page.locator('.er-table:not(.absent) .name').allTextContents()
}

function newTables(page: Page) {
  return page.locator('.er-table.new .name').allTextContents()
}

/** What axe finds, as a line for each rule with its places. */
async function findFaults(page: Page, options: string): Promise<string[]> {
  await page.evaluate(readFileSync(axe, 'utf8'))
  // Where all is well the reader needs no word on every element.
  const found: AxeResults = await page.evaluate(`axe.run({ resultTypes: ["violations"], ${options} })`)
  expect(found.passes.length, 'axe looked at the page').toBeGreaterThan(0)
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`,
  )
}

interface AxeResults {
  readonly passes: readonly object[]
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}
