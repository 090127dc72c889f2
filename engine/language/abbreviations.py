"""Which full stops do not end a sentence: abbreviations of the Latin-script languages."""

from __future__ import annotations

from engine.language.words import word_set

# Never the last word of a sentence.
TITLES = word_set(
    "dr mr mrs ms prof st rev gen col sgt capt lt hon jr sra srta sr mme mlle dña hr fr dipl "
    "ing e.g i.e cf viz vs approx ca z.b d.h bzw vgl sog ggf evtl p.ex c.-à-d p.ej resp "
    "eg ie dott sig o.g i.d.r ee"
)
# Not the last word where a number or a lone letter follows: "Fig. 2", "No. 5", "p. ix".
BEFORE_NUMBERS = word_set(
    "fig figs no nos nr eq eqs eqn sec sect ch chap vol p pp art ex tab abb kap s bd abs num "
    "núm pag pág fasc ref refs app def thm prop lem cor ver v"
    " op c circa ca par cap st tél lib "
    "bl z ziff aufl ed rn anm inc tbl"
)
# The last word of a sentence now and then; never where small letters follow.
SOMETIMES_LAST = word_set(
    "etc al inc ltd co corp usw bros dept est misc ed eds jr sr ph.d a.m p.m u.s u.k u.a uu ibid "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
)
GERMAN_MONTHS = word_set(
    "januar februar märz april mai juni juli august september oktober november dezember "
    "jahrhundert jahrhunderts jh klasse auflage kapitel"
)
