#!/usr/bin/env node
// @ts-check
/**
 * Measures what this package claims about speed, each claim in turns with a peer, and writes a table; `histories` runs a
 * file of histories instead.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runHistories } from './histories/run.mjs'
import { measureFuzz } from './measures/fuzz.mjs'
import { measureHistory } from './measures/history.mjs'
import { measureProgress } from './measures/progress.mjs'
import { measureRowProof } from './measures/row-proof.mjs'
import { measureRows } from './measures/rows.mjs'
import { measureSnapshots } from './measures/snapshots.mjs'
import { measureStart } from './measures/start.mjs'
import { measureTests } from './measures/tests.mjs'
import { measureUpgrade } from './measures/upgrade.mjs'
import { measureVerified } from './measures/verified.mjs'
import { installPeers } from './support/install-peers.mjs'
import { describeMachine } from './support/machine.mjs'
import { help, readOptions } from './support/options.mjs'
import { drawHistory, renderPage } from './support/page.mjs'

/** Those that depend on the number of records keep one result for each number. */
const measures = {
  upgrade: { run: measureUpgrade, isSized: true },
  verified: { run: measureVerified, isSized: true },
  'row-proof': { run: measureRowProof, isSized: true },
  fuzz: { run: measureFuzz, isSized: false },
  snapshots: { run: measureSnapshots, isSized: false },
  start: { run: measureStart, isSized: false },
  tests: { run: measureTests, isSized: false },
  rows: { run: measureRows, isSized: false },
  history: { run: measureHistory, isSized: false },
  progress: { run: measureProgress, isSized: false },
}

const docs = fileURLToPath(new URL('../docs/', import.meta.url))
const [first, ...others] = process.argv.slice(2)
if (first === 'histories') process.exitCode = await runHistories(others)
else {
  const options = readOrRefuse()
  if (options.help) console.log(help)
  else await main(options)
}

function readOrRefuse() {
  try {
    return readOptions(Object.keys(measures))
  } catch (error) {
    console.error(`Error: ${error.message}\n\n${help}`)
    return process.exit(2)
  }
}

async function main(options) {
  // The schemas of the benchmark are not a part of this package.
  const isChosen = (name) =>
    options.only.length === 0 ? name !== 'rows' || options.schemas !== undefined : options.only.includes(name)
  const names = Object.keys(measures).filter(isChosen)
  if (names.includes('upgrade')) installPeers()
  mkdirSync(options.folder, { recursive: true })
  const results = readResults()
  for (const name of names) {
    const { run, isSized } = measures[name]
    const machine = describeMachine()
    console.error(`${name}${isSized ? `, ${options.records} records` : ''} …`)
    const date = new Date().toISOString().slice(0, 10)
    const measured = { date, machine, rounds: options.rounds, ...(await run(options)) }
    if (isSized) results[name] = { ...results[name], [options.records]: measured }
    else results[name] = measured
    console.log(JSON.stringify({ [name]: measured }, null, 2))
    if (options.write) write(results)
  }
}

function readResults() {
  const path = `${docs}performance.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

function write(results) {
  writeFileSync(`${docs}performance.json`, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(`${docs}performance.md`, renderPage(results))
  if (results.history !== undefined) writeFileSync(`${docs}history.svg`, drawHistory(results.history))
}
