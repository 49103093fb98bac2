#pragma once

#include <string_view>

/// Keys and tokens that were made for these tests; the private keys are gone.
namespace coppice::app::oidc {

inline constexpr std::string_view kRsaJwk =
    R"({"kty":"RSA","n":"tf97lJ0CXmJ3AGQ7mBu8gaALI1QbwrewpIGEeOUtEeJsopy6a8U7Dx6bzyXEk_s9Uo5FS2)"
    R"(7JG6UJ0fL4HjpwxA9CTrN7jwAhRwAV1NxNZdnoosrw7RjBd9gG_mM-PwSLXxVKZmwulwH5DVrKRJMjVh-0hwNzH2)"
    R"(tbuqeC-uPNz6CR_AF7s6Aa-4RlN0jp3u7jaYZHz_lYsQqfVjuiAvYaFRLrH73CNMLmz0tagDF_8SZGNG-upCKVyF)"
    R"(mP1ZDkxfP7fyc5mz2ESM9wZ-0DdPPbxcPtKre7OUv_4E-ztPfObnPFDPJW5xhAi7lgkFgBV88nWSrmts3X874kyj)"
    R"(mX-u9N1Q","e":"AQAB","kid":"rs256","use":"sig"})";
inline constexpr std::string_view kRsaToken =
    R"(eyJhbGciOiJSUzI1NiIsImtpZCI6InJzMjU2In0.eyJzdWIiOiJhZGEifQ.A9S-cVF910XUpNSHkuf3FGK_yhmxk)"
    R"(iUIt5aAOri56lzptrF-VKvy8RLdHDAmxA4Jf9wEA__9jpe8O3fM7IGhT0J9CZYXt4Zu5TY7nNS9K8bWcI3L-EqJn)"
    R"(bLJd_CkI0T80Xj4l33W5cNYzlmoh9JrHEHupWNZliOkHp5A0PIeFoJorCBSu3u6fLSlJJbqgdTRaQrQZRJgPEqM7)"
    R"(P-Jgm5WGnCsevJXD4c54Vyh7YHaJ1ANdMi2r6Sjho-ntuXAxsh77H_i0gzT7msKr7cSSZZfm67I-VU3oB30e3-XW)"
    R"(QB9-yJHdFciIgxiv7yf0e69YqHH-emcjhP7Rsin9vqlzKUmmA)";

inline constexpr std::string_view kEcJwk =
    R"({"kty":"EC","x":"_ioksHqzgABDgv9VMeh9ms1mG3IyhyRbglMyMnAjUec","y":"Bjc7Bxc2Qa--LycYpNzrt)"
    R"(lJoYIujHCuHXUQstTJbpmo","crv":"P-256","kid":"es256","use":"sig"})";
inline constexpr std::string_view kEcToken =
    R"(eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJzdWIiOiJhZGEifQ.TeK4CvextOAxFo_pLm8OqJl_KkYms)"
    R"(445L3EnXhJVSrnStUcwoc_0_XXR141zLdFCjF3YuZ0JJXGZqt_vVmLBFQ)";

/// Of 1024 bits.
inline constexpr std::string_view kSmallRsaJwk =
    R"({"kty":"RSA","n":"nUEJXgvPUxRlsGMYfasp7N9l27o5Ec363xFo-Ft0i247s-FQD6uhgM6h61IAxuTuL5jhHM)"
    R"(6COT09VpFCmS7ML6xAqktOpHkJR02TbOM1FVQY7mci5855h2xH81ECxf50PbQ-bXpZRbbtBFQGD5rhe0FkEXFFWw)"
    R"(vAwgHPHDQFJhc","e":"AQAB","kid":"small"})";

}  // namespace coppice::app::oidc
