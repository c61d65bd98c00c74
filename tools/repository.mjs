#!/usr/bin/env node
// @ts-check
// Where the code is stands in one field: `repository.url` in packages/migration-proof/package.json. This writes what follows from
// it into both packages, or says that they cannot be published yet:
//   node tools/repository.mjs https://github.com/OWNER/NAME
//   node tools/repository.mjs --require
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The one with the field is the first. */
const folders = ['packages/migration-proof/', '']

/** @param {string} folder */
function fileOf(folder) {
  return `${root}${folder}package.json`
}

/** @param {string} folder */
function read(folder) {
  return JSON.parse(readFileSync(fileOf(folder), 'utf8'))
}

/**
 * What a package says of its repository: npm shows it, and compares it with the build that publishes the package.
 *
 * @param {string} url
 * @param {string} folder
 */
function fieldsFor(url, folder) {
  const directory = folder.replace(/\/$/, '')
  const page = directory === '' ? url : `${url}/tree/HEAD/${directory}`
  return {
    homepage: `${page}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: 'git', url: `git+${url}.git`, ...(directory === '' ? {} : { directory }) },
  }
}

/**
 * @param {string} folder
 * @param {object} fields
 */
function write(folder, fields) {
  const { homepage: _, bugs: __, repository: ___, ...rest } = read(folder)
  // They follow the description, as the docs of npm have them.
  const entries = Object.entries(rest).flatMap((entry) =>
    entry[0] === 'license' ? [...Object.entries(fields), entry] : [entry],
  )
  writeFileSync(fileOf(folder), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
}

/** @param {string} sentence */
function refuse(sentence) {
  console.error(sentence)
  process.exit(1)
}

const [given = ''] = process.argv.slice(2)
if (given === '--require') {
  const [own = ''] = folders
  const url = String(read(own).repository?.url ?? '').replace(/^git\+|\.git$/g, '')
  const field = 'packages/migration-proof/package.json: repository.url'
  if (url === '')
    refuse(
      `${field}: expected the URL of the repository, found none: write it with \`node tools/repository.mjs URL\`.`,
    )
  for (const folder of folders) {
    const { homepage, bugs, repository } = read(folder)
    const expected = JSON.stringify(fieldsFor(url, folder))
    const actual = JSON.stringify({ homepage, bugs, repository })
    if (actual !== expected)
      refuse(
        `${folder}package.json: expected ${expected}, found ${actual}: write it with \`node tools/repository.mjs ${url}\`.`,
      )
  }
} else if (/^https:\/\/[\w.-]+(\/[\w.-]+){2}$/.test(given) && !given.endsWith('.git')) {
  for (const folder of folders) write(folder, fieldsFor(given, folder))
} else {
  console.error('Usage: node tools/repository.mjs https://HOST/OWNER/NAME, or --require')
  process.exit(2)
}
