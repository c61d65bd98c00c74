// @ts-check
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { loadSnapshot, openInMemory } from '../../dist/index.js'
import { fixtures } from '../support/forum.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const times = 300

/**
 * A private copy of a snapshot in memory, compared with an opened copy of its file; both read one row.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export function measureSnapshots({ rounds }) {
  const image = loadSnapshot(fixtures, 'v2')
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const file = join(folder, 'copy.db')
  const count = 'SELECT count(*) FROM member'
  const runs = interleave(
    {
      image: () =>
        rate(() => {
          const copy = openInMemory(image)
          copy.database.prepare(count).get()
          copy.close()
        }),
      file: () =>
        rate(() => {
          copyFileSync(join(fixtures, 'snapshots', 'v2.db'), file)
          const database = new Database(file)
          database.prepare(count).get()
          database.close()
        }),
    },
    rounds,
  )
  rmSync(folder, { recursive: true })
  const rates = (name) => runs[name]?.map(({ perSecond }) => perSecond) ?? []
  return {
    imagesPerSecond: median(rates('image')),
    filesPerSecond: median(rates('file')),
    besideFile: ratioOf(rates('image'), rates('file')),
  }
}

/** @param {() => void} work */
function rate(work) {
  const start = performance.now()
  for (let time = 0; time < times; time++) work()
  return { perSecond: (times * 1000) / (performance.now() - start) }
}
