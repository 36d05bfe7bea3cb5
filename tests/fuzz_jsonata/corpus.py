"""Our own expressions to start mutations from: one or two for each thing that the language has."""

EXPRESSIONS = r"""
order.lines.price
order.lines[price > 2].sku
order.lines[0].tags[1]
order.lines[-1].dim.w
order.lines.tags
order.lines.(price * count)
$sum(order.lines.(price * count))
order.lines{sku: $sum(price)}
order.lines{sku: {"n": $count($), "p": price[]}}
order.lines^(>price, sku).sku
order.lines#$i[$i > 0].{"i": $i, "s": sku}
stores@$s.staff@$p.{"c": $s.city, "n": $p.n}
stores.staff.{"n": n, "c": %.city}
stores.staff[%.city = "Bonn"].n
**.price
order.*
order.`customer`.name
[1..5].($ * $)
[1..3, 7, [8..9]]
(($f := function($n) {$n <= 1 ? 1 : $n * $f($n - 1)}); $f(10))
($fib := function($n, $a, $b) {$n = 0 ? $a : $fib($n - 1, $b, $a + $b)}; $fib(30, 0, 1))
$map(order.lines, function($v, $i, $a) {$v.sku & $i & $count($a)})
$filter(nums, function($v) {$v > 2})
$reduce(nums, function($acc, $v) {$acc + $v}, 100)
$sift(order, function($v, $k) {$k != "id"})
$each(order.customer, function($v, $k) {$k & "=" & $string($v)})
$sort(order.lines, function($l, $r) {$l.price > $r.price}).sku
$single(nums, function($v) {$v = 10})
order ~> |lines|{"total": price * count}, ["tags", "dim"]|
$merge([{"a": 1}, {"b": 2}, {"a": 3}])
$spread({"a": 1, "b": [2]})
$lookup(order.lines, "sku")
$zip([1, 2], [3, 4, 5])
$distinct([1, 1, "1", [1], [1]])
$replace(text, /(\w+) (\w+)/, "$2 $1")
$match("ababbabbcc", /a(b+)/)
$split("a1b22c", /\d+/, 2)
text ~> $uppercase ~> $substringBefore("FOX") ~> $trim
($twice := function($f) {function($x) {$f($f($x))}}; $twice($uppercase)("a"))
($add := function($a, $b) {$a + $b}; $inc := $add(1, ?); $inc(41))
$formatNumber(12345.678, "#,##0.00")
$formatInteger(1999, "I") & $formatInteger(42, "w;o")
$fromMillis(1709251199123, "[FNn], [D1o] [MNn] [Y] [h]:[m01] [P] [Z]", "+0530")
$toMillis("29 February 2024", "[D] [MNn] [Y]")
$string({"a": [1, {"b": null}], "f": $sum}, true)
$number("0x1F") + $number("1e3")
$round(2.5) & $round(3.5) & $round(-1.005, 2)
1 + 2 * 3 - 4 / 5 % 6
"a" < "b" and 1 <= 2 or not_there
paid ? "yes" : "no"
order.note = null
5 in nums and "fig" in words
$exists(missing) or $boolean([]) or $not({})
{"a": {"b": [1, 2, {"c": missing}]}}
/* a comment */ order /* another */ . id
function($x, $y)<n-n:n> {$x + $y}(1, 2)
$$.order.id & $.text
nums[$ > 1][0]
(nums)[0]
nums.[$]
order.lines.[price, count]
mixed[]
e[0][1]
mixed.*
deep.a.b.c.d
$keys(order.lines)
$type(null) & $type($sum)
$error("boom")
$assert(false, "no")
""".strip().split("\n")
