/**
 * Goal: no one has to guess on which SQLite the migrations work. For each of them the oldest engine on which it
 * works is found by running: it must apply, and every table that it made must take a row that leaves out all
 * that may be left out. What is found stands in docs/engines.md, and in docs/engines.json for the report; `npx vitest run -u` writes both.
 * Without containers the numbers cannot be found, but a migration or an engine that came, went or changed is seen all the same.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { migrations } from '../../src/migrations/index.ts'
import { readImageList } from './engines/image-list.ts'
import { loadEngines, loadNpmEngines, type TestedEngine } from './support/engines.ts'
import { findObstacles } from './support/find-obstacles.ts'
import { containers, needContainers } from './support/need-containers.ts'
import {
  describeMinimum,
  type EnginesFound,
  renderMinimum,
  replaceSection,
} from './support/render-minimum.ts'

const page = fileURLToPath(new URL('../../docs/engines.md', import.meta.url))
const data = fileURLToPath(new URL('../../docs/engines.json', import.meta.url))

describe('the page on engines', () => {
  let found: EnginesFound
  let table: string

  beforeAll(async () => {
    if (!containers.isReady) return
    found = await findMinimums()
    table = renderMinimum(found)
  })

  it('names the oldest one for each migration', async ({ skip }) => {
    needContainers(skip)
    await expect(replaceSection(readFileSync(page, 'utf8'), 'minimum', table)).toMatchFileSnapshot(page)
  })

  it('is the same as the data of the report', async ({ skip }) => {
    needContainers(skip)
    await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot(data)
  })

  it.for([
    ['a wrong minimum', '| 3.38.5 |', '| 3.36.0 |'],
    ['a wrong reason', 'unknown function: unixepoch()', 'no such table: oauth_sessions'],
    ['a migration that is missing', '| v2, config table', '| v2, another table'],
  ] as const)('is stale with %s', ([, right, wrong], { skip }) => {
    needContainers(skip)
    const text = readFileSync(page, 'utf8')
    expect(text).toContain(right)
    const stale = text.replace(right, wrong)
    expect(replaceSection(stale, 'minimum', table)).not.toBe(stale)
  })
})

describe('what the report says of engines', () => {
  const recorded: EnginesFound = JSON.parse(readFileSync(data, 'utf8'))

  it('stands on the page too', () => {
    const text = readFileSync(page, 'utf8')
    expect(replaceSection(text, 'minimum', renderMinimum(recorded))).toBe(text)
  })

  it('is about the migrations that there are', () => {
    const names = migrations.map(({ version, name }) => `v${version}, ${name}`)
    expect(recorded.minimum.map(({ migration }) => migration)).toEqual(names)
  })

  it('is about the engines that are declared: those of npm in the versions that are installed', async () => {
    const installed = (await loadNpmEngines()).map(({ sqlite, name }) => ({ sqlite, origin: name }))
    const inContainers = readImageList(fileURLToPath(new URL('../../containers/', import.meta.url)))
      .images.filter(({ optional, local }) => !optional && !local)
      .map(({ holds }) => holds)
    expect(installed.length).toBeGreaterThan(2)
    expect(inContainers).not.toEqual([])
    expect(recorded.tried).toEqual(expect.arrayContaining(installed))
    expect(recorded.tried.map(({ origin }) => origin).sort()).toEqual(
      [...installed.map(({ origin }) => origin), ...inContainers].sort(),
    )
  })
})

it('every migration works on the version of SQLite that the server embeds', async () => {
  const engines = (await loadEngines()).filter(({ sqlite }) => sqlite === '3.50.4')
  expect(engines.map(findObstacles)).toEqual([migrations.map(() => null)])
})

interface Result {
  readonly engine: TestedEngine
  readonly obstacles: readonly (string | null)[]
}

async function findMinimums(): Promise<EnginesFound> {
  // The newest engine of Debian is another one every month; the page is about the oldest.
  const engines = (await loadEngines()).filter(({ isOptional }) => !isOptional)
  const results = engines.map((engine) => ({ engine, obstacles: findObstacles(engine) }))
  const minimums = migrations.map(({ version, name }) => ({
    version,
    name,
    ...findMinimum(results, version),
  }))
  return describeMinimum(minimums, engines)
}

/** The oldest engine from which on all work, and the newest that does not. */
function findMinimum(results: readonly Result[], version: number) {
  const tried = results.map(({ engine, obstacles }) => ({ engine, obstacle: obstacles[version - 1] ?? null }))
  const stopped = tried.findLast(({ obstacle }) => obstacle !== null) ?? null
  const oldest = tried[stopped === null ? 0 : tried.indexOf(stopped) + 1]
  return { oldest: oldest?.engine ?? null, stopped }
}
