// The reference as an oracle. Reads JSON lines [expression, input] and answers one JSON line each:
// {"value": ...} | {"undefined": true} | {"error": code or null, "message", "position"}.
// What JSON cannot say is written as a text that begins with NUL: "\0function", "\0NaN", "\0Infinity".
// Usage: node oracle.js PATH_OF_NODE_MODULES [MILLISECONDS_FOR_EACH] [DEPTH]
"use strict";
const path = require("path");
const readline = require("readline");
const jsonata = require(path.join(path.resolve(process.argv[2]), "jsonata"));
const milliseconds = Number(process.argv[3] || 1000);
const mostDepth = Number(process.argv[4] || 300);

function plain(key, value) {
    if (typeof value === "function" || (value && (value._jsonata_lambda || value._jsonata_function))) {
        return "\0function";
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
        return "\0" + (value < 0 ? "Infinity" : value);
    }
    return value;
}

function bounded(expression) {
    const end = Date.now() + milliseconds;
    let depth = 0;
    expression.assign(Symbol.for("jsonata.__evaluate_entry"), (expr, input, environment) => {
        if (environment.isParallelCall) return;
        depth += 1;
        check();
    });
    expression.assign(Symbol.for("jsonata.__evaluate_exit"), (expr, input, environment) => {
        if (environment.isParallelCall) return;
        depth -= 1;
        check();
    });
    function check() {
        if (depth > mostDepth) throw { code: "U1001", message: "depth" };
        if (Date.now() > end) throw { code: "U1003", message: "time" };
    }
}

async function answer([text, input]) {
    try {
        const expression = jsonata(text);
        bounded(expression);
        const value = await expression.evaluate(input);
        return value === undefined ? { undefined: true } : { value };
    } catch (error) {
        return { error: error.code === undefined ? null : error.code, message: String(error.message), position: error.position };
    }
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
        let text;
        try {
            text = JSON.stringify(await answer(JSON.parse(line)), plain);
        } catch (error) {
            text = JSON.stringify({ error: null, message: String(error.message) });
        }
        process.stdout.write(text + "\n");
    }
}

main();
