// Another program that uses a database again and again for a while: it opens the file, reads it or commits a row, and
// closes it. It prints `try N` before and `ack N` after the commit of row N.
//
// Its engine is better-sqlite3 or libsql, whose SQLite is older: a newer SQLite also checks the locks of FILE-shm before it
// assumes that it is the last user of a file, and so hides that a server lost its other locks.
const [, , file, engine, what, first, count, pause] = process.argv
const { default: Database } = await import(engine)
const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`)
const wait = (/** @type {number} */ milliseconds) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

say('open')
for (let visit = 0; visit < Number(count); visit++) {
  const mark = Number(first) + visit
  let database
  try {
    database = new Database(file, { timeout: 20, fileMustExist: true })
    if (what === 'write') {
      say(`try ${mark}`)
      database.prepare("INSERT INTO member (email) VALUES ('mark:' || ?)").run(`${mark}`)
      say(`ack ${mark}`)
    } else {
      database.prepare('SELECT count(*) FROM member').get()
    }
  } catch (error) {
    say(`failed ${error.code}`)
  } finally {
    database?.close()
  }
  wait(Number(pause))
}
