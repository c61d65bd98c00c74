// Drafts fixtures/rows/NAME.sql, once. The text that it leaves is the truth from then on: people edit and review it,
// and this program never runs in a test or in a build.
//
//   node tools/draft-rows/run.mjs v1 v2     drafts those two
//   node tools/draft-rows/run.mjs           drafts all that are missing
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sqlOf } from './sql.mjs'
import { draft as firstRelease } from './worlds/v0-first-release.mjs'
import { draft as unversioned } from './worlds/v0-unversioned.mjs'
import { draft as v1 } from './worlds/v1.mjs'
import { draft as v2 } from './worlds/v2.mjs'
import { draft as v3 } from './worlds/v3.mjs'
import { draft as v4 } from './worlds/v4.mjs'
import { draft as v5 } from './worlds/v5.mjs'

const drafts = { 'v0-first-release': firstRelease, 'v0-unversioned': unversioned, v1, v2, v3, v4, v5 }
const pathOf = (name) => fileURLToPath(new URL(`../../fixtures/rows/${name}.sql`, import.meta.url))

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !(name in drafts))
if (unknown !== undefined)
  refuse(`draft-rows: expected one of ${Object.keys(drafts).join(', ')}, got '${unknown}'.`)
const taken = asked.find((name) => existsSync(pathOf(name)))
if (taken !== undefined)
  refuse(`draft-rows: fixtures/rows/${taken}.sql exists; expected none. Edit it by hand.`)

const names = asked.length > 0 ? asked : Object.keys(drafts).filter((name) => !existsSync(pathOf(name)))
for (const name of names) {
  writeFileSync(pathOf(name), sqlOf(drafts[name]()), { flag: 'wx' })
  console.log(`wrote fixtures/rows/${name}.sql`)
}

/** @param {string} sentence */
function refuse(sentence) {
  console.error(sentence)
  process.exit(2)
}
