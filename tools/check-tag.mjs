#!/usr/bin/env node
// @ts-check
// Checks that a tag is that of a release, such as migration-proof-v0.1.0: there is a package of that name and version, and its
// changelog has an entry for it. Prints for a workflow the folder of the package, and the tag of its release before:
//   node tools/check-tag.mjs TAG >> "$GITHUB_OUTPUT"
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folders = new Map([
  ['quickslice-migrations', '.'],
  ['migration-proof', 'packages/migration-proof'],
])

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  console.error(sentence)
  process.exit(1)
}

const [tag = ''] = process.argv.slice(2)
const [, name = '', version = ''] = /^(.+)-v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(tag) ?? []
const folder = folders.get(name)
if (folder === undefined)
  refuse(
    `Tag '${tag}': expected ${[...folders.keys()].map((one) => `${one}-vVERSION`).join(' or ')}, found neither.`,
  )
const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
if (own !== version)
  refuse(`Tag '${tag}': expected version ${version} in ${join(folder, 'package.json')}, found ${own}.`)
const changelog = join(folder, 'CHANGELOG.md')
const lines = existsSync(changelog) ? readFileSync(changelog, 'utf8').split(/\r?\n/) : []
if (!lines.some((line) => line === `## ${version}` || line.startsWith(`## ${version} `)))
  refuse(`Tag '${tag}': expected the entry '## ${version}' in ${changelog}, found none.`)
const open = lines.findIndex((line) => /^## \[?unreleased/i.test(line))
const next = lines.findIndex((line, index) => index > open && line.startsWith('## '))
if (open !== -1 && lines.slice(open + 1, next === -1 ? undefined : next).some((line) => line.trim() !== ''))
  refuse(
    `Tag '${tag}': expected no line under '${lines[open]}' in ${changelog}, found some: move them to '## ${version}'.`,
  )

const { stdout } = spawnSync(
  'git',
  ['tag', '--list', `${name}-v*`, '--merged', 'HEAD', '--sort=-v:refname'],
  {
    encoding: 'utf8',
  },
)
const before = (stdout ?? '').split('\n').find((one) => one !== '' && one !== tag) ?? ''
console.log(`folder=${folder}\nbefore=${before}`)
