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

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  run('npm', ['pack', '--silent', '--pack-destination', folder, '--workspace', 'migration-proof'])
  for (const name of readdirSync(folder)) {
    const tarball = join(folder, name)
    run('npx', ['--no-install', 'publint', '--strict', tarball])
    run('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'])
  }
} finally {
  rmSync(folder, { recursive: true })
}
