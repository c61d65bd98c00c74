#!/usr/bin/env node
// @ts-check
// Packs both packages as npm would publish them, and runs publint and "are the types wrong" on the tarballs.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'package-'))

/**
 * @param {string} command
 * @param {string[]} parameters
 */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) process.exitCode = 1
  return status === 0
}

/**
 * npm packs what it finds: it does not miss an entry of `files` that is nowhere. What `exports`, `types` and `bin` name is
 * for publint.
 *
 * @param {string} tarball
 */
function requireListed(tarball) {
  const read = (/** @type {string[]} */ ...parameters) =>
    spawnSync('tar', parameters, { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout
  const packed = read('-tzf', tarball).split('\n')
  /** @type {{ name: string, files: string[] }} */
  const { name, files } = JSON.parse(read('-xzOf', tarball, 'package/package.json'))
  for (const entry of files.filter((each) => !each.startsWith('!'))) {
    if (packed.some((path) => path === `package/${entry}` || path.startsWith(`package/${entry}/`))) continue
    console.error(
      `${name}: \`files\` names ${entry}, and the tarball has no such file: correct the entry, or build it`,
    )
    process.exitCode = 1
  }
}

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  run('npm', ['pack', '--silent', '--pack-destination', folder, '--workspace', 'migration-proof'])
  for (const name of readdirSync(folder)) {
    const tarball = join(folder, name)
    requireListed(tarball)
    run('npx', ['--no-install', 'publint', '--strict', tarball])
    run('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'])
  }
} finally {
  rmSync(folder, { recursive: true })
}
