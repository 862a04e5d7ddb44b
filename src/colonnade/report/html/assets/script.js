// Finds as one types, opens what a link leads into; without it the page is whole and every link works.
(() => {
  const find = document.getElementById("find");
  const attention = document.getElementById("attention");
  const found = document.getElementById("found");
  const items = [...document.querySelectorAll("main .item")];
  const groups = [...document.querySelectorAll("main .group")];
  const folds = [...document.querySelectorAll("main details.fold")];
  const wasOpen = new Map(folds.map((fold) => [fold, fold.open]));
  const texts = new Map();
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };

  const fits = (item, words, only) => {
    if (only && !["refuted", "not_run"].includes(item.dataset.verdict)) return false;
    const group = item.closest(".group");
    const name = group ? group.dataset.name.toLowerCase() + " " : "";
    return words.every((word) => textOf(item).includes(word) || name.includes(word));
  };

  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = Boolean(attention && attention.checked);
    const filtering = words.length > 0 || only;
    let number = 0;
    for (const item of items) {
      const fit = !filtering || fits(item, words, only);
      item.hidden = !fit;
      if (fit) number += 1;
    }
    for (const part of document.querySelectorAll("main .wide, main .claims, main .fold, main .program")) {
      const inside = part.querySelectorAll(".item");
      if (inside.length) part.hidden = [...inside].every((item) => item.hidden);
      const title = part.previousElementSibling;
      if (title && /^H[34]$/.test(title.tagName)) title.hidden = part.hidden;
    }
    for (const fold of folds) fold.open = filtering ? !fold.hidden : wasOpen.get(fold);
    for (const group of groups) {
      group.hidden = filtering && [...group.querySelectorAll(".item")].every((item) => item.hidden);
      const entry = document.querySelector(`nav li[data-for="${CSS.escape(group.id)}"]`);
      if (entry) entry.hidden = group.hidden;
    }
    for (const section of document.querySelectorAll("main > section")) {
      const inside = section.querySelectorAll(".item");
      section.hidden = filtering && (!inside.length || [...inside].every((item) => item.hidden));
    }
    found.textContent = filtering ? `${number} found` : "";
  };

  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      find.value = "";
      if (attention) attention.checked = false;
      show();
    }
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView();
  };

  let waiting = 0;
  find.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 80);
  });
  if (attention) attention.addEventListener("change", show);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape" && document.activeElement === find) {
      find.value = "";
      show();
    }
  });
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();
})();
