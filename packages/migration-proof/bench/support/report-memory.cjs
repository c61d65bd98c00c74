// @ts-check
/** Prints the most memory that the process held, when it ends: https://man7.org/linux/man-pages/man2/getrusage.2.html */
const { writeSync } = require('node:fs')
const { isMainThread } = require('node:worker_threads')

if (isMainThread) {
  // Not through the console, which a command that prints JSON sends to the standard error.
  process.on('exit', () =>
    writeSync(1, `peak memory: ${Math.round(process.resourceUsage().maxRSS / 1000)}\n`),
  )
}
