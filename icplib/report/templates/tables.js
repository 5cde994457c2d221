// Search, sort and filter for every table of the analyst's page; it reads well without this script, too.
document.querySelectorAll("main table").forEach(function (table) {
  var body = table.tBodies[0], heads = table.tHead ? table.tHead.rows[table.tHead.rows.length - 1].cells : [];
  if (!body || body.rows.length < 8) return;
  var rows = Array.prototype.slice.call(body.rows);
  var find = document.createElement("input"), told = document.createElement("output");
  find.type = "search"; find.placeholder = "Find in " + rows.length + " rows"; find.setAttribute("aria-label", find.placeholder);
  find.addEventListener("input", function () {
    var words = find.value.toLowerCase().split(/\s+/), n = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase(), hit = words.every(function (w) { return text.indexOf(w) >= 0; });
      row.hidden = !hit; n += hit;
    });
    told.textContent = find.value ? " " + n + " found" : "";
  });
  var bar = document.createElement("p"); bar.className = "find"; bar.append(find, told);
  (table.closest(".scroll") || table).before(bar);
  Array.prototype.forEach.call(heads, function (head, i) {
    if (!head.textContent.trim()) { return; }
    var up = false, button = document.createElement("button");
    button.append.apply(button, Array.prototype.slice.call(head.childNodes)); head.append(button);
    button.addEventListener("click", function () {
      up = !up;
      var value = function (row) { var t = row.cells[i] ? row.cells[i].textContent.trim() : "", x = parseFloat(t.replace(/[$€£,%\s]/g, "")); return isNaN(x) ? t.toLowerCase() : x; };
      rows.slice().sort(function (a, b) {
        var x = value(a), y = value(b), s = typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === "number" ? -1 : 1;
        return up ? s : -s;
      }).forEach(function (row) { body.append(row); });
      Array.prototype.forEach.call(heads, function (h) { h.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
    });
  });
});
